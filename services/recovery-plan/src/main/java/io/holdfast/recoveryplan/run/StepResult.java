package io.holdfast.recoveryplan.run;

/** What a step that succeeded leaves behind for later steps and for the report. */
public sealed interface StepResult {
    /** For people. */
    String detail();

    record PointChosen(ChosenCheckpoint checkpoint) implements StepResult {
        @Override
        public String detail() {
            return "checkpoint %s, cut at %s".formatted(checkpoint.id(), checkpoint.cutAt());
        }
    }

    record SessionOpened(OpenSession session) implements StepResult {
        @Override
        public String detail() {
            return "session %s with %d exports"
                    .formatted(session.id(), session.exports().size());
        }
    }

    /** @param exportsRead how many exports were opened and read */
    record ProbePassed(int exportsRead) implements StepResult {
        @Override
        public String detail() {
            return "first and last block of %d exports read".formatted(exportsRead);
        }
    }

    record DelayElapsed() implements StepResult {
        @Override
        public String detail() {
            return "the delay has passed";
        }
    }

    /** @param found false when the unknown outcome of the opening step turned out to be that nothing was opened */
    record SessionClosed(boolean found) implements StepResult {
        @Override
        public String detail() {
            return found ? "the session is closed" : "no session had been opened";
        }
    }
}
