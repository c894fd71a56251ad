package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.plan.Approval;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** The steps that only wait. They have no effect that somebody would have to carry out: the run's own clock, or a person, ends them. */
public sealed interface PauseAction extends StepAction {

    /** Lets time pass. No effect, so there is nothing to undo. */
    record BootDelay(Duration delay) implements PauseAction {
        @Override
        public String kind() {
            return "BOOT_DELAY";
        }
    }

    /** Waits until a person agrees, or the approval's limit. @param words every word that was given, in all rounds */
    record AwaitApproval(Approval approval, List<Word> words) implements PauseAction {
        public AwaitApproval {
            words = List.copyOf(words);
        }

        @Override
        public String kind() {
            return "AWAIT_APPROVAL";
        }

        AwaitApproval with(Word word) {
            return new AwaitApproval(
                    approval, Stream.concat(words.stream(), Stream.of(word)).toList());
        }
    }

    /** @param by name of the identity, or {@link #LIMIT} @param comment may be empty */
    record Word(String by, Instant at, boolean approved, String comment) {}

    /** Who spoke when nobody did in time. */
    String LIMIT = "time limit";
}
