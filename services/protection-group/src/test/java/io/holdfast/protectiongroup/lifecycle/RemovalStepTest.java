package io.holdfast.protectiongroup.lifecycle;

import static io.holdfast.protectiongroup.group.Groups.NOW;
import static io.holdfast.protectiongroup.group.Groups.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.protectiongroup.lifecycle.Removal.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RemovalStepTest {
    private static final RemovalStep.Limits LIMITS =
            new RemovalStep.Limits(Duration.ofSeconds(10), Duration.ofSeconds(30), 3);
    private final AtomicLong ids = new AtomicLong(100);

    @Test
    void theJournalIsToldToDeleteOnlyWhenTheDataPlaneHadItsTimeToSeeTheEnd() {
        var waiting = new Removal.AwaitingJournal(NOW);

        assertThat(step(waiting, 9).next()).isEqualTo(waiting);
        assertThat(step(waiting, 9).order()).isEmpty();
        var ordered = step(waiting, 10);
        assertThat(ordered.order()).contains(((Removal.Deleting) ordered.next()).command());
        assertThat(((Removal.Deleting) ordered.next()).attempt()).isEqualTo(1);
    }

    @Test
    void aRefusedDeletionIsRepeatedUnderANewIdAndEndsAfterTheLastAttemptWithTheJournalsReason() {
        var refusal = new Refusal("JOURNAL_IN_USE", "A session is open.");
        var first = new Removal.Deleting(next(), 1, NOW, Optional.empty()).refused(refusal);

        assertThat(step(first, 29).next()).isEqualTo(first);
        var second = (Removal.Deleting) step(first, 30).next();
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.command()).isNotEqualTo(first.command());
        assertThat(second.refusal()).contains(refusal);

        var last = new Removal.Deleting(next(), 3, NOW, Optional.of(refusal));
        assertThat(step(last, 30)).isEqualTo(new RemovalStep(new Removal.DeletionFailed(3, refusal), Optional.empty()));
    }

    @Test
    void aJournalThatNeverAnswersEndsInAFailureThatSaysSo() {
        var last = new Removal.Deleting(next(), 3, NOW, Optional.empty());

        assertThat(((Removal.DeletionFailed) step(last, 31).next()).refusal().code())
                .isEqualTo("JOURNAL_SILENT");
    }

    @Test
    void finishedRemovalsAreLeftAlone() {
        for (Removal done : List.of(
                new Removal.NothingStored(),
                new Removal.JournalKept(),
                new Removal.JournalDeleted(NOW),
                new Removal.DeletionFailed(3, new Refusal("X", "y")))) {
            assertThat(step(done, 1_000_000)).isEqualTo(new RemovalStep(done, Optional.empty()));
        }
    }

    private RemovalStep step(Removal removal, long seconds) {
        return RemovalStep.at(NOW.plusSeconds(seconds), removal, LIMITS, this::next);
    }

    private CommandId next() {
        return new CommandId(uuid(ids.incrementAndGet()));
    }
}
