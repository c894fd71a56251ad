package io.holdfast.recoveryplan.machine;

/** What is heard of a command inside of a guest. */
public sealed interface GuestWord {
    /** Nothing of this attempt. */
    record Silence() implements GuestWord {}

    /** The agent, or the router, refused the order. */
    record Refused(String code, String message) implements GuestWord {}

    /**
     * @param code empty = it succeeded; else as machine.proto has it
     * @param output the end of what it wrote
     */
    record Ended(String code, String message, String output) implements GuestWord {}
}
