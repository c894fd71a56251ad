package io.holdfast.recoveryplan.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import io.holdfast.recoveryplan.rehearsal.TestCondition;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A preflight")
class PreflightTest {
    private static final Duration LIMIT = Duration.ofDays(180);
    private static final JournalCondition GOOD = new JournalCondition.Recoverable(
            new ChosenCheckpoint(CheckpointId.random(), "CRASH", Lsn.of(1), Samples.NOON));
    private static final Optional<Instant> TESTED = Optional.of(Samples.NOON.minus(Duration.ofDays(1)));

    @Test
    void findsNothingWrongWithAProtectedGroupThatWasTested() {
        assertThat(codes(known("PROTECTED"), GOOD, TESTED)).isEmpty();
    }

    @Test
    void namesAGroupThatNoEventEverNamed() {
        assertThat(codes(Map.of(), GOOD, TESTED)).containsExactly(Code.GROUP_UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "DRAFT, false",
        "INITIAL_SYNC, false",
        "PROTECTED, true",
        "PAUSED, false",
        "RESYNC, true",
        "TESTING, true",
        "FAILED_OVER, false",
        "REMOVED, false",
        "SOMETHING_NEW, false"
    })
    void takesOnlyLifecyclesWithAGrowingJournalAsProtected(String lifecycle, boolean isProtected) {
        assertThat(codes(known(lifecycle), GOOD, TESTED).contains(Code.GROUP_NOT_PROTECTED))
                .isEqualTo(!isProtected);
    }

    @Test
    void tellsEmptyMissingAndUnreachableJournalsApart() {
        assertThat(codes(known("PROTECTED"), new JournalCondition.Empty(), TESTED))
                .containsExactly(Code.NO_CHECKPOINT);
        assertThat(codes(known("PROTECTED"), new JournalCondition.Missing(), TESTED))
                .containsExactly(Code.JOURNAL_MISSING);
        assertThat(codes(known("PROTECTED"), new JournalCondition.Unreachable("no answer"), TESTED))
                .containsExactly(Code.JOURNAL_UNREACHABLE);
    }

    @Test
    void warnsOfATestThatIsTooOldButNotAtTheLimit() {
        assertThat(codes(known("PROTECTED"), GOOD, Optional.of(Samples.NOON.minus(LIMIT))))
                .isEmpty();
        assertThat(codes(
                        known("PROTECTED"),
                        GOOD,
                        Optional.of(Samples.NOON.minus(LIMIT).minusMillis(1))))
                .containsExactly(Code.TEST_OVERDUE);
        assertThat(codes(known("PROTECTED"), GOOD, Optional.empty())).containsExactly(Code.NEVER_TESTED);
    }

    private static Map<PgId, ProtectedGroup> known(String lifecycle) {
        return Map.of(Samples.DB, new ProtectedGroup(Samples.DB, "db", lifecycle, 1, List.of()));
    }

    private static List<Code> codes(
            Map<PgId, ProtectedGroup> known, JournalCondition journal, Optional<Instant> lastGoodTest) {
        TestCondition tests = TestCondition.of(lastGoodTest, LIMIT, Samples.NOON);
        return Preflight.check(Samples.single(), known, Map.of(Samples.DB, journal), tests, Samples.NOON).stream()
                .map(Finding::code)
                .toList();
    }
}
