package io.holdfast.protectiongroup.health;

import static io.holdfast.protectiongroup.group.Groups.DATA;
import static io.holdfast.protectiongroup.group.Groups.FIRST;
import static io.holdfast.protectiongroup.group.Groups.NOW;
import static io.holdfast.protectiongroup.group.Groups.ROOT;
import static io.holdfast.protectiongroup.group.Groups.dataPlane;
import static io.holdfast.protectiongroup.group.Groups.draft;
import static io.holdfast.protectiongroup.group.Groups.healthy;
import static io.holdfast.protectiongroup.group.Groups.journal;
import static io.holdfast.protectiongroup.group.Groups.protectedGroup;
import static io.holdfast.protectiongroup.group.Groups.stream;
import static io.holdfast.protectiongroup.group.Groups.syncing;
import static io.holdfast.protectiongroup.group.Groups.vm;
import static io.holdfast.protectiongroup.group.Groups.volume;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.StreamWord.SyncState;
import io.holdfast.protectiongroup.dataplane.StreamWord.VolumeProgress;
import io.holdfast.protectiongroup.dataplane.TestHistory;
import io.holdfast.protectiongroup.group.Groups;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.JournalFate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HealthTest {
    private static final HealthLimits LIMITS = new HealthLimits(Duration.ofDays(180), Duration.ofMillis(100));

    private final ProtectionGroup group = protectedGroup();

    @Test
    void aHealthyGroupHasEveryConditionTrueExceptThoseThatNeedTime() {
        assertThat(shown(group, healthy(NOW, FIRST), NOW))
                .containsExactly(
                        "RpoMet TRUE RPO_WITHIN_OBJECTIVE INFO",
                        "HistoryMet FALSE HISTORY_BUILDING INFO",
                        "InSync TRUE ALL_VOLUMES_IN_SYNC INFO",
                        "AgentsConnected TRUE ALL_AGENTS_CONNECTED INFO",
                        "TestRecent FALSE NEVER_TESTED INFO",
                        "JournalHealthy TRUE JOURNAL_APPLYING INFO");
    }

    @Test
    void aDeadLinkReadsAsUnknownEverywhereAndNeverAsFine() {
        assertThat(shown(group, healthy(NOW, FIRST), NOW.plusSeconds(16)))
                .containsExactly(
                        "RpoMet UNKNOWN JOURNAL_SILENT CRITICAL",
                        "HistoryMet UNKNOWN JOURNAL_SILENT CRITICAL",
                        "InSync UNKNOWN STREAM_STATE_UNKNOWN WARNING",
                        "AgentsConnected UNKNOWN ROUTER_SILENT WARNING",
                        "TestRecent FALSE NEVER_TESTED INFO",
                        "JournalHealthy UNKNOWN JOURNAL_SILENT CRITICAL");
    }

    @Test
    void aDraftIsExpectedToHaveNothingAndARemovedGroupHasNoHealth() {
        assertThat(shown(draft(), DataPlane.silent(Groups.BELIEF), NOW))
                .hasSize(6)
                .allMatch(line -> line.endsWith("UNKNOWN NOT_STARTED INFO"));
        assertThat(shown(group.remove(JournalFate.KEEP, NOW), healthy(NOW, FIRST), NOW))
                .isEmpty();
    }

    @Test
    void sinceMovesWhenStatusOrReasonChangesAndOnlyThen() {
        var first = Health.of(group, healthy(NOW, FIRST), List.of(), LIMITS, NOW);
        var later = NOW.plusSeconds(10);
        var again = Health.of(group, healthy(later, FIRST), first, LIMITS, later);
        assertThat(again).isEqualTo(first);

        var lost = later.plusSeconds(30);
        var silent = Health.of(group, healthy(later, FIRST), again, LIMITS, lost);
        assertThat(silent.getFirst().since()).isEqualTo(lost);
        assertThat(silent.get(ConditionType.TEST_RECENT.ordinal()).since()).isEqualTo(NOW);
    }

    @Test
    void rpoIsMetUpToTheObjectiveAndGetsCriticalBeyondTwiceIt() {
        assertThat(rpoWithAge(Duration.ofMinutes(15).minusMillis(100)))
                .isEqualTo("RpoMet TRUE RPO_WITHIN_OBJECTIVE INFO");
        assertThat(rpoWithAge(Duration.ofMinutes(15))).isEqualTo("RpoMet FALSE RPO_EXCEEDED WARNING");
        assertThat(rpoWithAge(Duration.ofMinutes(30))).isEqualTo("RpoMet FALSE RPO_EXCEEDED CRITICAL");
        assertThat(one(ConditionType.RPO_MET, group, dataPlane(null, journal(NOW, 2, null)), NOW))
                .isEqualTo("RpoMet FALSE NO_CHECKPOINT CRITICAL");
        assertThat(one(ConditionType.RPO_MET, syncing(), dataPlane(null, journal(NOW, 0, null)), NOW))
                .isEqualTo("RpoMet FALSE NO_CHECKPOINT INFO");
        assertThat(one(ConditionType.RPO_MET, syncing(), DataPlane.silent(Groups.BELIEF), NOW))
                .isEqualTo("RpoMet UNKNOWN JOURNAL_NEVER_SPOKE INFO");
    }

    @Test
    void historyIsBuildingThenCompleteAndShortOnlyWhenSomethingThatIsOwedIsGone() {
        assertThat(history(Duration.ofHours(2), Duration.ofHours(2)))
                .isEqualTo("HistoryMet FALSE HISTORY_BUILDING INFO");
        assertThat(history(Duration.ofHours(2), Duration.ofHours(1)))
                .isEqualTo("HistoryMet FALSE HISTORY_SHORT WARNING");
        assertThat(history(Duration.ofHours(40), Duration.ofHours(24)))
                .isEqualTo("HistoryMet TRUE HISTORY_COMPLETE INFO");
        assertThat(history(Duration.ofHours(40), Duration.ofHours(23)))
                .isEqualTo("HistoryMet FALSE HISTORY_SHORT WARNING");
    }

    @Test
    void aLongerHistoryIsOwedOnlyFromTheMomentItIsAskedFor() {
        Instant now = NOW.plus(Duration.ofDays(3));
        var longer = group.with(
                new io.holdfast.protectiongroup.objective.Objectives(
                        Duration.ofSeconds(5),
                        Duration.ofDays(2),
                        0,
                        Duration.ofMinutes(15),
                        Duration.ZERO,
                        io.holdfast.kernel.rate.TransferRules.DEFAULT),
                now);
        var dayOfHistory = Groups.journalWithHistory(now, now.minus(Duration.ofDays(1)));

        assertThat(one(ConditionType.HISTORY_MET, longer, dataPlane(null, dayOfHistory), now))
                .isEqualTo("HistoryMet FALSE HISTORY_BUILDING INFO");
    }

    @Test
    void syncSaysWhatIsMissing() {
        var syncingRoot = dataPlane(stream(NOW, SyncState.SYNCING, SyncState.IN_SYNC), journal(NOW, 2, FIRST));
        assertThat(inSync(group, syncingRoot)).isEqualTo("InSync FALSE VOLUMES_OUT_OF_SYNC WARNING");
        assertThat(inSync(syncing(), syncingRoot)).isEqualTo("InSync FALSE INITIAL_SYNC_RUNNING INFO");
        assertThat(inSync(group.pause(NOW), healthy(NOW, FIRST))).isEqualTo("InSync FALSE REPLICATION_PAUSED WARNING");

        var inSync = stream(NOW, SyncState.IN_SYNC, SyncState.IN_SYNC);
        assertThat(inSync(group, dataPlane(inSync, null))).isEqualTo("InSync UNKNOWN JOURNAL_CATCHING_UP INFO");
        assertThat(inSync(group, dataPlane(inSync, journal(NOW, 1, FIRST))))
                .isEqualTo("InSync FALSE VOLUMES_OUT_OF_SYNC WARNING");
        assertThat(inSync(group, dataPlane(null, journal(NOW, 2, FIRST))))
                .isEqualTo("InSync UNKNOWN STREAM_STATE_UNKNOWN WARNING");

        var onlyRoot = stream(NOW, true, Map.of(ROOT, new VolumeProgress(SyncState.IN_SYNC, 0, 0, 0)));
        assertThat(inSync(group, dataPlane(onlyRoot, journal(NOW, 2, FIRST))))
                .isEqualTo("InSync FALSE VOLUMES_OUT_OF_SYNC WARNING");

        var notToldYet = stream(NOW, true, Map.of());
        assertThat(inSync(group, dataPlane(notToldYet, journal(NOW, 2, FIRST))))
                .isEqualTo("InSync UNKNOWN STREAM_STATE_UNKNOWN WARNING");
        assertThat(group.observing(dataPlane(notToldYet, journal(NOW, 2, FIRST)), NOW))
                .as("a reconnected agent that has not reported yet is no resync")
                .isEqualTo(group);

        var vanished = group.with(group.membership().describedAs(vm(volume(DATA, "data"))));
        assertThat(inSync(vanished, healthy(NOW, FIRST))).isEqualTo("InSync FALSE VOLUME_NEEDS_ATTENTION CRITICAL");
    }

    @Test
    void aDisconnectedAgentStaysDisconnectedHoweverLongTheRouterIsQuietAboutIt() {
        var away = dataPlane(stream(NOW, false, Map.of()), journal(NOW, 2, FIRST));

        assertThat(one(ConditionType.AGENTS_CONNECTED, group, away, NOW.plusSeconds(7200)))
                .isEqualTo("AgentsConnected FALSE AGENT_DISCONNECTED CRITICAL");
    }

    @Test
    void testsGrowOldAndAFailureCountsUntilASuccess() {
        assertThat(tested(null, null, Duration.ofDays(179))).isEqualTo("TestRecent FALSE NEVER_TESTED INFO");
        assertThat(tested(null, null, Duration.ofDays(181))).isEqualTo("TestRecent FALSE NEVER_TESTED WARNING");
        assertThat(tested(NOW, null, Duration.ofDays(180))).isEqualTo("TestRecent TRUE TESTED INFO");
        assertThat(tested(NOW, null, Duration.ofDays(181))).isEqualTo("TestRecent FALSE TEST_OVERDUE WARNING");
        assertThat(tested(NOW, NOW.plusSeconds(1), Duration.ofDays(1)))
                .isEqualTo("TestRecent FALSE LAST_TEST_FAILED CRITICAL");
        assertThat(tested(NOW.plusSeconds(1), NOW, Duration.ofDays(1))).isEqualTo("TestRecent TRUE TESTED INFO");
    }

    @Test
    void theJournalsOwnStateIsShown() {
        assertThat(journalIs(JournalWord.State.GAP, 0, 0)).isEqualTo("JournalHealthy FALSE JOURNAL_GAP CRITICAL");
        assertThat(journalIs(JournalWord.State.NO_SPACE, 0, 0))
                .isEqualTo("JournalHealthy FALSE JOURNAL_NO_SPACE CRITICAL");
        assertThat(journalIs(JournalWord.State.DAMAGED, 0, 0))
                .isEqualTo("JournalHealthy FALSE JOURNAL_DAMAGED CRITICAL");
        assertThat(journalIs(JournalWord.State.APPLYING, 74, 100))
                .isEqualTo("JournalHealthy TRUE JOURNAL_APPLYING INFO");
        assertThat(journalIs(JournalWord.State.APPLYING, 75, 100))
                .isEqualTo("JournalHealthy TRUE JOURNAL_NEARLY_FULL WARNING");
    }

    @Test
    void a_journal_that_fills_before_its_window_is_complete_is_nearly_full_without_a_limit() {
        JournalWord word = journal(NOW, JournalWord.State.APPLYING, 10, 0);
        JournalWord filling = new JournalWord(
                word.journalStoreId(),
                word.at(),
                word.receivedAt(),
                word.state(),
                word.stateCode(),
                word.stateMessage(),
                new JournalWord.Room(10, 0, Optional.of(NOW.plus(Duration.ofHours(3)))),
                word.checkpointCount(),
                word.newest(),
                word.oldestCutAt(),
                word.volumesInSync(),
                word.volumeCount());
        assertThat(one(ConditionType.JOURNAL_HEALTHY, group, dataPlane(null, filling), NOW))
                .isEqualTo("JournalHealthy TRUE JOURNAL_NEARLY_FULL WARNING");
    }

    private String rpoWithAge(Duration age) {
        var word = journal(NOW, NOW, 2, new JournalWord.Cut(FIRST, NOW.minus(age)));
        return one(ConditionType.RPO_MET, group, dataPlane(null, word), NOW);
    }

    private String history(Duration protectedFor, Duration oldestAge) {
        Instant now = NOW.plus(protectedFor);
        var word = Groups.journalWithHistory(now, now.minus(oldestAge));
        return one(ConditionType.HISTORY_MET, group, dataPlane(null, word), now);
    }

    private String inSync(ProtectionGroup of, DataPlane dataPlane) {
        return one(ConditionType.IN_SYNC, of, dataPlane, NOW);
    }

    private String tested(Instant success, Instant failure, Duration after) {
        var tests = new TestHistory(List.of(), Optional.ofNullable(success), Optional.ofNullable(failure));
        return one(ConditionType.TEST_RECENT, group, dataPlane(null, null, tests), NOW.plus(after));
    }

    private String journalIs(JournalWord.State state, long size, long limit) {
        return one(ConditionType.JOURNAL_HEALTHY, group, dataPlane(null, journal(NOW, state, size, limit)), NOW);
    }

    private static String one(ConditionType type, ProtectionGroup group, DataPlane dataPlane, Instant now) {
        return shown(group, dataPlane, now).get(type.ordinal());
    }

    private static List<String> shown(ProtectionGroup group, DataPlane dataPlane, Instant now) {
        return Health.of(group, dataPlane, List.of(), LIMITS, now).stream()
                .map(condition -> "%s %s %s %s"
                        .formatted(
                                condition.type().shown(),
                                condition.verdict().status(),
                                condition.verdict().reason(),
                                condition.verdict().severity()))
                .toList();
    }
}
