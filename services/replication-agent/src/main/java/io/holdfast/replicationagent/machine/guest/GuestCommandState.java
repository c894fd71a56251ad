package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.AgentError;
import java.util.Optional;

/** How far a guest command is; docs/machines.md has the table. Instants are microseconds of the wall clock. */
public sealed interface GuestCommandState {
    /** Nothing of it was sent to the guest, in this attempt. */
    record Ordered(long sinceMicros) implements GuestCommandState {}

    /** To be stored before it is sent: from then on the guest may have begun it. */
    record Sent(long sinceMicros) implements GuestCommandState {}

    /** The guest has begun it. */
    record Begun(long sinceMicros, long processId) implements GuestCommandState {}

    /**
     * @param failure empty = exit code 0
     * @param message for a person
     * @param output the end of what it wrote
     */
    record Ended(long sinceMicros, Optional<AgentError> failure, String message, String output)
            implements GuestCommandState {}
}
