package io.holdfast.protectiongroup.lifecycle;

import static io.holdfast.protectiongroup.group.Groups.FIRST;
import static io.holdfast.protectiongroup.group.Groups.NOW;
import static io.holdfast.protectiongroup.group.Groups.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.Groups;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Removal.Refusal;
import io.holdfast.protectiongroup.ownership.Ownership;
import io.holdfast.protectiongroup.ownership.Ownership.Holder;
import io.holdfast.protectiongroup.policy.PolicyContent;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** docs/protection-lifecycle.md as code: every state meets every command and every observation. */
class LifecycleTableTest {
    private static final DataPlane SILENT = DataPlane.silent(Groups.BELIEF);
    private static final Removal.Deleting DELETING = new Removal.Deleting(CommandId.random(), 1, NOW, Optional.empty());
    private static final RunId RUN = RunId.random();
    private static final RunId OTHER_RUN = RunId.random();
    private static final Refusal REFUSAL = new Refusal("JOURNAL_IN_USE", "A session is open.");

    private static final Map<String, Lifecycle> STATES = new LinkedHashMap<>();

    static {
        STATES.put("DRAFT", new Lifecycle.Draft());
        STATES.put("INITIAL_SYNC", new Lifecycle.InitialSync(NOW));
        STATES.put("PROTECTED", new Lifecycle.Protected(NOW));
        STATES.put("RESYNC", new Lifecycle.Resync(NOW, ResyncReason.VOLUME_OUT_OF_SYNC, Optional.of(FIRST)));
        STATES.put("PAUSED before protection", new Lifecycle.Paused(NOW, false));
        STATES.put("PAUSED after protection", new Lifecycle.Paused(NOW, true));
        STATES.put("FAILING_OVER", new Lifecycle.FailingOver(NOW, RUN, true));
        STATES.put("FAILING_OVER paused", new Lifecycle.FailingOver(NOW, RUN, false));
        STATES.put("FAILED_OVER", new Lifecycle.FailedOver(NOW, RUN));
        STATES.put("REMOVED draft", new Lifecycle.Removed(NOW, new Removal.NothingStored()));
        STATES.put("REMOVED kept", new Lifecycle.Removed(NOW, new Removal.JournalKept()));
        STATES.put("REMOVED awaiting", new Lifecycle.Removed(NOW, new Removal.AwaitingJournal(NOW)));
        STATES.put("REMOVED deleting", new Lifecycle.Removed(NOW, DELETING));
        STATES.put("REMOVED deleted", new Lifecycle.Removed(NOW, new Removal.JournalDeleted(NOW)));
        STATES.put("REMOVED failed", new Lifecycle.Removed(NOW, new Removal.DeletionFailed(3, REFUSAL)));
    }

    /** Columns: START, PAUSE, RESUME, CHECKPOINT, EDIT, REMOVE KEEP, REMOVE DELETE; FAIL OVER, COMMIT, RETURN; "-" = refused. */
    private static final Map<String, String> TABLE = Map.ofEntries(
            Map.entry("DRAFT", "INITIAL_SYNC | - | - | - | DRAFT | NOTHING_STORED | NOTHING_STORED | - | - | -"),
            Map.entry(
                    "INITIAL_SYNC", "- | PAUSED | - | - | INITIAL_SYNC | JOURNAL_KEPT | AWAITING_JOURNAL | - | - | -"),
            Map.entry(
                    "PROTECTED",
                    "- | PAUSED | - | PROTECTED | PROTECTED | JOURNAL_KEPT | AWAITING_JOURNAL | FAILING_OVER | - | -"),
            Map.entry("RESYNC", "- | PAUSED | - | - | RESYNC | JOURNAL_KEPT | AWAITING_JOURNAL | FAILING_OVER | - | -"),
            Map.entry(
                    "PAUSED before protection",
                    "- | - | INITIAL_SYNC | - | PAUSED | JOURNAL_KEPT | AWAITING_JOURNAL | - | - | -"),
            Map.entry(
                    "PAUSED after protection",
                    "- | - | RESYNC | - | PAUSED | JOURNAL_KEPT | AWAITING_JOURNAL | FAILING_OVER | - | -"),
            Map.entry("FAILING_OVER", "- | - | - | FAILING_OVER | - | - | - | FAILING_OVER | FAILED_OVER | -"),
            Map.entry("FAILING_OVER paused", "- | - | - | FAILING_OVER | - | - | - | FAILING_OVER | FAILED_OVER | -"),
            Map.entry(
                    "FAILED_OVER",
                    "- | - | - | - | FAILED_OVER | JOURNAL_KEPT | AWAITING_JOURNAL | - | FAILED_OVER | RESYNC"),
            Map.entry("REMOVED draft", "- | - | - | - | - | - | - | - | - | -"),
            Map.entry("REMOVED kept", "- | - | - | - | - | - | AWAITING_JOURNAL | - | - | -"),
            Map.entry("REMOVED awaiting", "- | - | - | - | - | - | - | - | - | -"),
            Map.entry("REMOVED deleting", "- | - | - | - | - | - | - | - | - | -"),
            Map.entry("REMOVED deleted", "- | - | - | - | - | - | - | - | - | -"),
            Map.entry("REMOVED failed", "- | - | - | - | - | - | AWAITING_JOURNAL | - | - | -"));

    /** Columns: all in sync with the old checkpoint, all in sync with a new one, out of sync, silence. */
    private static final Map<String, String> OBSERVED = Map.ofEntries(
            Map.entry("DRAFT", "DRAFT | DRAFT | DRAFT | DRAFT"),
            Map.entry("INITIAL_SYNC", "PROTECTED | PROTECTED | INITIAL_SYNC | INITIAL_SYNC"),
            Map.entry("PROTECTED", "PROTECTED | PROTECTED | RESYNC | PROTECTED"),
            Map.entry("RESYNC", "RESYNC | PROTECTED | RESYNC | RESYNC"),
            Map.entry("PAUSED before protection", "PAUSED | PAUSED | PAUSED | PAUSED"),
            Map.entry("PAUSED after protection", "PAUSED | PAUSED | PAUSED | PAUSED"),
            Map.entry("FAILING_OVER", "FAILING_OVER | FAILING_OVER | FAILING_OVER | FAILING_OVER"),
            Map.entry("FAILING_OVER paused", "FAILING_OVER | FAILING_OVER | FAILING_OVER | FAILING_OVER"),
            Map.entry("FAILED_OVER", "FAILED_OVER | FAILED_OVER | FAILED_OVER | FAILED_OVER"),
            Map.entry("REMOVED draft", "REMOVED | REMOVED | REMOVED | REMOVED"),
            Map.entry("REMOVED kept", "REMOVED | REMOVED | REMOVED | REMOVED"),
            Map.entry("REMOVED awaiting", "REMOVED | REMOVED | REMOVED | REMOVED"),
            Map.entry("REMOVED deleting", "REMOVED | REMOVED | REMOVED | REMOVED"),
            Map.entry("REMOVED deleted", "REMOVED | REMOVED | REMOVED | REMOVED"),
            Map.entry("REMOVED failed", "REMOVED | REMOVED | REMOVED | REMOVED"));

    private interface Action {
        ProtectionGroup on(ProtectionGroup group);
    }

    private static final Action CHECKPOINT = group -> {
        group.requireCheckpointable();
        return group;
    };

    private static final Action[] COMMANDS = {
        group -> group.start(0, false, NOW),
        group -> group.pause(NOW),
        group -> group.resume(SILENT, NOW),
        CHECKPOINT,
        group -> group.renamed("other"),
        group -> group.remove(JournalFate.KEEP, NOW),
        group -> group.remove(JournalFate.DELETE, NOW),
        group -> group.failOver(new Holder(RUN, "there"), NOW),
        group -> group.commitFailover(RUN, NOW),
        group -> group.giveHome(SILENT, NOW)
    };

    private static final Map<Command, List<Integer>> COLUMNS = Map.of(
            Command.START, List.of(0),
            Command.PAUSE, List.of(1),
            Command.RESUME, List.of(2),
            Command.CHECKPOINT, List.of(3),
            Command.EDIT, List.of(4),
            Command.REMOVE, List.of(5, 6),
            Command.FAIL_OVER, List.of(7),
            Command.COMMIT_FAILOVER, List.of(8),
            Command.RETURN, List.of(9));

    private static final Action[] OBSERVATIONS = {
        group -> group.observing(Groups.healthy(NOW, FIRST), NOW),
        group -> group.observing(Groups.healthy(NOW, SECOND), NOW),
        group -> group.observing(Groups.dataPlane(null, Groups.journal(NOW, 1, SECOND)), NOW),
        group -> group.observing(SILENT, NOW)
    };

    @TestFactory
    Stream<DynamicTest> everyStateAnswersEveryCommandAsTheTableSays() {
        return STATES.keySet().stream()
                .map(state -> DynamicTest.dynamicTest(state, () -> {
                    String[] cells = TABLE.get(state).split(" \\| ");
                    for (int i = 0; i < COMMANDS.length; i++) {
                        assertThat(resultOf(COMMANDS[i], state, true))
                                .as("%s, command column %d", state, i)
                                .isEqualTo(cells[i]);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> everyStateTakesEveryObservationAsTheTableSays() {
        return STATES.keySet().stream()
                .map(state -> DynamicTest.dynamicTest(state, () -> {
                    String[] cells = OBSERVED.get(state).split(" \\| ");
                    for (int i = 0; i < OBSERVATIONS.length; i++) {
                        assertThat(resultOf(OBSERVATIONS[i], state, false))
                                .as("%s, observation column %d", state, i)
                                .isEqualTo(cells[i]);
                    }
                }));
    }

    @Test
    void aRefusalNamesTheStateTheCommandAndWhatIsAllowed() {
        var refusal = catchThrowableOfType(
                HoldfastException.class, () -> in("PAUSED after protection").pause(NOW));

        assertThat(refusal.code()).isEqualTo(GroupError.GROUP_STATE_FORBIDS);
        assertThat(refusal)
                .hasMessage(
                        "Group 'orders' is PAUSED and does not take PAUSE; it takes RESUME, EDIT, REMOVE, FAIL_OVER.");
        assertThat(refusal.details()).containsEntry("state", "PAUSED").containsEntry("command", "PAUSE");
    }

    @Test
    void theAllowedCommandsAreExactlyThoseThatTheTableTakes() {
        STATES.forEach((name, state) -> {
            String[] cells = TABLE.get(name).split(" \\| ");
            COLUMNS.forEach((command, columns) -> {
                // A repetition by the same run is answered and not offered.
                boolean repeated = command == Command.FAIL_OVER && state instanceof Lifecycle.FailingOver
                        || command == Command.COMMIT_FAILOVER && state instanceof Lifecycle.FailedOver;
                boolean inTable = columns.stream().anyMatch(column -> !cells[column].equals("-"));
                assertThat(state.allowed().contains(command))
                        .as("%s %s", name, command)
                        .isEqualTo(inTable && !repeated);
            });
        });
    }

    @Test
    void aRunningTestIsShownOverStatesThatCanBeRecoveredFromAndHidesNoOther() {
        assertThat(STATES.values().stream().map(state -> ShownLifecycle.of(state, true)))
                .containsExactly(
                        "DRAFT",
                        "INITIAL_SYNC",
                        "TESTING",
                        "TESTING",
                        "TESTING",
                        "TESTING",
                        "FAILING_OVER",
                        "FAILING_OVER",
                        "FAILED_OVER",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED");
        STATES.values()
                .forEach(state -> assertThat(ShownLifecycle.of(state, false)).isEqualTo(state.code()));
    }

    @Test
    void everyMoveOfTheOwnerMakesAGreaterEpochAndARepetitionNone() {
        ProtectionGroup taken = in("PROTECTED").failOver(new Holder(RUN, "there"), NOW);
        assertThat(ownership(taken).epoch()).isEqualTo(1);
        assertThat(ownership(taken).holder()).contains(new Holder(RUN, "there"));
        assertThat(taken.failOver(new Holder(RUN, "there"), NOW.plusSeconds(1))).isEqualTo(taken);

        ProtectionGroup back = taken.cancelFailover(RUN, SILENT, NOW);
        assertThat(ownership(back).epoch()).isEqualTo(2);
        assertThat(ownership(back).holder()).isEmpty();
        assertThat(back.lifecycle().code()).isEqualTo("RESYNC");
        assertThat(back.cancelFailover(RUN, SILENT, NOW)).isEqualTo(back);

        ProtectionGroup kept =
                back.failOver(new Holder(OTHER_RUN, "there"), NOW).commitFailover(OTHER_RUN, NOW);
        assertThat(ownership(kept).epoch()).isEqualTo(3);
        assertThat(ownership(kept).holder()).isPresent();
        assertThat(ownership(kept.remove(JournalFate.KEEP, NOW)).epoch())
                .as("a removed group still says who owns its VMs")
                .isEqualTo(3);
        ProtectionGroup home = kept.giveHome(SILENT, NOW);
        assertThat(ownership(home).epoch()).isEqualTo(4);
        assertThat(ownership(home).holder()).isEmpty();
    }

    @Test
    void aRunGivesBackOnlyWhatItHoldsAndNothingThatItHasCommitted() {
        ProtectionGroup taken = in("PROTECTED").failOver(new Holder(RUN, "there"), NOW);

        assertThat(taken.cancelFailover(OTHER_RUN, SILENT, NOW)).isEqualTo(taken);
        assertThatThrownBy(() -> taken.failOver(new Holder(OTHER_RUN, "there"), NOW))
                .hasMessageContaining("does not take FAIL_OVER");
        assertThatThrownBy(() -> taken.commitFailover(OTHER_RUN, NOW)).hasMessageContaining("COMMIT_FAILOVER");
        assertThatThrownBy(() -> taken.commitFailover(RUN, NOW).cancelFailover(RUN, SILENT, NOW))
                .hasMessageContaining("does not take CANCEL_FAILOVER");
        assertThat(in("PROTECTED").cancelFailover(RUN, SILENT, NOW)).isEqualTo(in("PROTECTED"));
    }

    @Test
    void aGroupThatIsStartedPausedBeginsItsFirstSyncWhenItIsResumed() {
        ProtectionGroup waiting = in("DRAFT").start(0, true, NOW);

        assertThat(waiting.lifecycle()).isEqualTo(new Lifecycle.Paused(NOW, false));
        assertThat(PolicyContent.of(waiting).orElseThrow().state()).isEqualTo(PolicyContent.State.PAUSED);
        assertThat(waiting.resume(SILENT, NOW).lifecycle()).isEqualTo(new Lifecycle.InitialSync(NOW));
    }

    @Test
    void aCancelledFailoverOfAPausedGroupLeavesItPaused() {
        ProtectionGroup back = in("PAUSED after protection")
                .failOver(new Holder(RUN, "there"), NOW)
                .cancelFailover(RUN, SILENT, NOW);

        assertThat(back.lifecycle()).isEqualTo(new Lifecycle.Paused(NOW, true));
    }

    private static Ownership ownership(ProtectionGroup group) {
        return group.membership().vms().getFirst().ownership();
    }

    private static String resultOf(Action action, String state, boolean removalShown) {
        try {
            Lifecycle after = action.on(in(state)).lifecycle();
            return removalShown && after instanceof Lifecycle.Removed removed
                    ? removed.removal().code()
                    : after.code();
        } catch (HoldfastException refusal) {
            assertThat(refusal.code()).isEqualTo(GroupError.GROUP_STATE_FORBIDS);
            return "-";
        }
    }

    private static ProtectionGroup in(String state) {
        ProtectionGroup draft = Groups.draft();
        return new ProtectionGroup(
                draft.id(),
                draft.name(),
                draft.objectives(),
                draft.membership(),
                STATES.get(state),
                state.equals("DRAFT") || state.equals("REMOVED draft") ? OptionalInt.empty() : OptionalInt.of(1),
                Optional.empty(),
                draft.createdAt(),
                draft.createdBy());
    }
}
