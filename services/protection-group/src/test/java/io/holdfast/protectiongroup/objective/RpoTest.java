package io.holdfast.protectiongroup.objective;

import static io.holdfast.protectiongroup.group.Groups.FIRST;
import static io.holdfast.protectiongroup.group.Groups.NOW;
import static io.holdfast.protectiongroup.group.Groups.SECOND;
import static io.holdfast.protectiongroup.group.Groups.dataPlane;
import static io.holdfast.protectiongroup.group.Groups.journal;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.group.Groups;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RpoTest {
    private static final Duration UNCERTAINTY = Duration.ofMillis(100);

    @Test
    void theAgeOfTheNewestCheckpointGrowsWithTheClockWhileNothingNewComes() {
        var known = (Rpo.Known) at(NOW.plusSeconds(4), journal(NOW, 2, FIRST));

        assertThat(known.age()).isEqualTo(Duration.ofMillis(7100));
        assertThat(known.checkpoint().checkpoint()).isEqualTo(FIRST);
    }

    @Test
    void aJournalThatHasBeenSilentForMoreThanTheLimitMakesItUnknownAndNeverZero() {
        assertThat(at(NOW.plusSeconds(15), journal(NOW, 2, FIRST))).isInstanceOf(Rpo.Known.class);
        assertThat(at(NOW.plusMillis(15_001), journal(NOW, 2, FIRST)))
                .isEqualTo(new Rpo.Unknown(Rpo.Reason.JOURNAL_SILENT, Optional.of(journal(NOW, 2, FIRST))));
        assertThat(Rpo.at(NOW, DataPlane.silent(Groups.BELIEF), UNCERTAINTY))
                .isEqualTo(new Rpo.Unknown(Rpo.Reason.JOURNAL_NEVER_SPOKE, Optional.empty()));
    }

    @Test
    void aBacklogThatIsReadLateIsNotTakenForThePresent() {
        var saidAnHourAgo = journal(NOW.minusSeconds(3600), NOW, 2, cut(NOW.minusSeconds(3603)));

        assertThat(at(NOW, saidAnHourAgo)).isInstanceOf(Rpo.Unknown.class);
    }

    @Test
    void aJournalWithoutACheckpointHasNoAge() {
        assertThat(at(NOW, journal(NOW, 2, null))).isEqualTo(new Rpo.NoCheckpoint(NOW));
    }

    @Test
    void aClockOfOursThatIsProvenBehindIsPutRight() {
        var readBeforeItWasSaid = journal(NOW.plusSeconds(40), NOW, 2, cut(NOW.plusSeconds(37)));

        assertThat(((Rpo.Known) at(NOW, readBeforeItWasSaid)).age()).isEqualTo(Duration.ofMillis(3100));
    }

    @Test
    void aCheckpointIsCountedAsSoonAsItIsListedAndAnOvertakenListingBringsNothingBack() {
        var word = journal(NOW, 2, FIRST);
        var newer = new JournalWord.Cut(SECOND, NOW.plusSeconds(1));
        var listed = word.listed(newer, NOW.plusSeconds(2), NOW.plusSeconds(2));
        assertThat(listed.newest()).contains(newer);

        var gone = journal(NOW.plusSeconds(4), 2, null);
        assertThat(gone.listed(newer, NOW.plusSeconds(2), NOW.plusSeconds(5))).isEqualTo(gone);
    }

    @Test
    void aWriterWhoseClockWasSetBackIsBelievedAgain() {
        var ahead = journal(NOW.plusSeconds(3600), 2, FIRST);

        assertThat(ahead.overtakes(NOW)).isFalse();
        assertThat(ahead.overtakes(NOW.plusSeconds(3599))).isTrue();
        assertThat(ahead.overtakes(NOW.plusSeconds(3600))).isFalse();
    }

    @Test
    void historyIsSpannedByTheOldestAndTheNewestAndSaysWhetherItIsThePresent() {
        var word = Groups.journalWithHistory(NOW, NOW.minusSeconds(3603));
        var present = History.at(NOW, dataPlane(null, word));
        assertThat(present.known()).isTrue();
        assertThat(present.span()).contains(Duration.ofHours(1));

        var past = History.at(NOW.plusSeconds(60), dataPlane(null, word));
        assertThat(past.known()).isFalse();
        assertThat(past.asOf()).contains(NOW);
    }

    private static Rpo at(Instant now, JournalWord word) {
        return Rpo.at(now, dataPlane(null, word), UNCERTAINTY);
    }

    private static JournalWord.Cut cut(Instant at) {
        return new JournalWord.Cut(FIRST, at);
    }
}
