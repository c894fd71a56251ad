package io.holdfast.protectiongroup.lifecycle;

import static io.holdfast.protectiongroup.group.Groups.FIRST;
import static io.holdfast.protectiongroup.group.Groups.NOW;
import static io.holdfast.protectiongroup.group.Groups.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.Groups;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Removal.Refusal;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.util.LinkedHashMap;
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
    private static final Refusal REFUSAL = new Refusal("JOURNAL_IN_USE", "A session is open.");

    private static final Map<String, Lifecycle> STATES = new LinkedHashMap<>();

    static {
        STATES.put("DRAFT", new Lifecycle.Draft());
        STATES.put("INITIAL_SYNC", new Lifecycle.InitialSync(NOW));
        STATES.put("PROTECTED", new Lifecycle.Protected(NOW));
        STATES.put("RESYNC", new Lifecycle.Resync(NOW, ResyncReason.VOLUME_OUT_OF_SYNC, Optional.of(FIRST)));
        STATES.put("PAUSED before protection", new Lifecycle.Paused(NOW, false));
        STATES.put("PAUSED after protection", new Lifecycle.Paused(NOW, true));
        STATES.put("REMOVED draft", new Lifecycle.Removed(NOW, new Removal.NothingStored()));
        STATES.put("REMOVED kept", new Lifecycle.Removed(NOW, new Removal.JournalKept()));
        STATES.put("REMOVED awaiting", new Lifecycle.Removed(NOW, new Removal.AwaitingJournal(NOW)));
        STATES.put("REMOVED deleting", new Lifecycle.Removed(NOW, DELETING));
        STATES.put("REMOVED deleted", new Lifecycle.Removed(NOW, new Removal.JournalDeleted(NOW)));
        STATES.put("REMOVED failed", new Lifecycle.Removed(NOW, new Removal.DeletionFailed(3, REFUSAL)));
    }

    /** Columns: START, PAUSE, RESUME, CHECKPOINT, EDIT, REMOVE KEEP, REMOVE DELETE; "-" = refused. */
    private static final Map<String, String> TABLE = Map.ofEntries(
            Map.entry("DRAFT", "INITIAL_SYNC | - | - | - | DRAFT | NOTHING_STORED | NOTHING_STORED"),
            Map.entry("INITIAL_SYNC", "- | PAUSED | - | - | INITIAL_SYNC | JOURNAL_KEPT | AWAITING_JOURNAL"),
            Map.entry("PROTECTED", "- | PAUSED | - | PROTECTED | PROTECTED | JOURNAL_KEPT | AWAITING_JOURNAL"),
            Map.entry("RESYNC", "- | PAUSED | - | - | RESYNC | JOURNAL_KEPT | AWAITING_JOURNAL"),
            Map.entry(
                    "PAUSED before protection", "- | - | INITIAL_SYNC | - | PAUSED | JOURNAL_KEPT | AWAITING_JOURNAL"),
            Map.entry("PAUSED after protection", "- | - | RESYNC | - | PAUSED | JOURNAL_KEPT | AWAITING_JOURNAL"),
            Map.entry("REMOVED draft", "- | - | - | - | - | - | -"),
            Map.entry("REMOVED kept", "- | - | - | - | - | - | AWAITING_JOURNAL"),
            Map.entry("REMOVED awaiting", "- | - | - | - | - | - | -"),
            Map.entry("REMOVED deleting", "- | - | - | - | - | - | -"),
            Map.entry("REMOVED deleted", "- | - | - | - | - | - | -"),
            Map.entry("REMOVED failed", "- | - | - | - | - | - | AWAITING_JOURNAL"));

    /** Columns: all in sync with the old checkpoint, all in sync with a new one, out of sync, silence. */
    private static final Map<String, String> OBSERVED = Map.ofEntries(
            Map.entry("DRAFT", "DRAFT | DRAFT | DRAFT | DRAFT"),
            Map.entry("INITIAL_SYNC", "PROTECTED | PROTECTED | INITIAL_SYNC | INITIAL_SYNC"),
            Map.entry("PROTECTED", "PROTECTED | PROTECTED | RESYNC | PROTECTED"),
            Map.entry("RESYNC", "RESYNC | PROTECTED | RESYNC | RESYNC"),
            Map.entry("PAUSED before protection", "PAUSED | PAUSED | PAUSED | PAUSED"),
            Map.entry("PAUSED after protection", "PAUSED | PAUSED | PAUSED | PAUSED"),
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
        group -> group.start(0, NOW),
        group -> group.pause(NOW),
        group -> group.resume(SILENT, NOW),
        CHECKPOINT,
        group -> group.renamed("other"),
        group -> group.remove(JournalFate.KEEP, NOW),
        group -> group.remove(JournalFate.DELETE, NOW)
    };

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
                .hasMessage("Group 'orders' is PAUSED and does not take PAUSE; it takes RESUME, EDIT, REMOVE.");
        assertThat(refusal.details()).containsEntry("state", "PAUSED").containsEntry("command", "PAUSE");
    }

    @Test
    void theAllowedCommandsAreExactlyThoseThatTheTableTakes() {
        STATES.forEach((name, state) -> {
            String[] cells = TABLE.get(name).split(" \\| ");
            for (Command command : Command.values()) {
                boolean inTable = command == Command.REMOVE
                        ? !cells[5].equals("-") || !cells[6].equals("-")
                        : !cells[command.ordinal()].equals("-");
                assertThat(state.allowed().contains(command))
                        .as("%s %s", name, command)
                        .isEqualTo(inTable);
            }
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
                        "REMOVED",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED",
                        "REMOVED");
        STATES.values()
                .forEach(state -> assertThat(ShownLifecycle.of(state, false)).isEqualTo(state.code()));
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
