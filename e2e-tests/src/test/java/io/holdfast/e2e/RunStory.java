package io.holdfast.e2e;

/** What runs do from their order to their end. Between them they have every kind of step that waits neither for a person nor for a hook. */
enum RunStory {
    REHEARSED("TEST", "READY", "finish", "SUCCEEDED"),
    ROLLED_BACK("UNPLANNED", "READY", "rollback", "ROLLED_BACK"),
    MOVED("MOVE", "SUCCEEDED", "release", "RELEASED");

    private final String mode;
    private final String turn;
    private final String command;
    private final String end;

    RunStory(String mode, String turn, String command, String end) {
        this.mode = mode;
        this.turn = turn;
        this.command = command;
        this.end = end;
    }

    String mode() {
        return mode;
    }

    /** State in which everything is recovered, and a person ends it by {@link #command}. */
    String turn() {
        return turn;
    }

    String command() {
        return command;
    }

    /** State in which nothing of the run is there any more. */
    String end() {
        return end;
    }

    /** Whether a failed step halts the run until a person has it tried again; else the run undoes everything and is FAILED. */
    boolean halts() {
        return this != REHEARSED;
    }
}
