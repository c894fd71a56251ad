package io.holdfast.recoveryplan.run;

import java.time.Duration;

/** The steps that only wait. They have no effect that somebody would have to carry out: the run's own clock, or a person, ends them. */
public sealed interface PauseAction extends StepAction {

    /** Lets time pass. No effect, so there is nothing to undo. */
    record BootDelay(Duration delay) implements PauseAction {
        @Override
        public String kind() {
            return "BOOT_DELAY";
        }
    }
}
