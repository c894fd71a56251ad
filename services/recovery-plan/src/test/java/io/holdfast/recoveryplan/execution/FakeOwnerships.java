package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Protection groups with their agents under the table of docs/ownership.md, in memory; they outlive the executor. Every group is PROTECTED at first and has one VM. The same
 * key always has the same answer, and refusals are not kept.
 */
final class FakeOwnerships implements Ownerships {
    private enum State {
        PROTECTED,
        FAILING_OVER,
        FAILED_OVER,
        RESYNC,
        REMOVED
    }

    private static final class Group {
        private State state = State.PROTECTED;
        private Optional<RunId> holder = Optional.empty();
        private long epoch;
        private int fenceLooks;
    }

    private final Clock clock;
    private final Map<PgId, Group> groups = new HashMap<>();
    private final Map<String, Object> answers = new HashMap<>();
    private final Map<CheckpointId, int[]> looks = new HashMap<>();
    final List<String> log = new ArrayList<>();

    /** Whether nothing of the group is left that writes. */
    Predicate<PgId> mayReturn = _ -> true;
    /** Called with the name of the call and its group before the effect; throws to lose the request. */
    BiConsumer<String, PgId> before = (_, _) -> {};
    /** Called after the effect; throws to lose the answer. */
    BiConsumer<String, PgId> after = (_, _) -> {};
    /** Groups whose agents say nothing. */
    final Set<PgId> silent = new HashSet<>();
    /** Groups whose agents say that they cannot fence. */
    final Set<PgId> unfenceable = new HashSet<>();
    /** What becomes of a checkpoint; empty = it is listed at the third look. */
    Function<PgId, Optional<CheckpointSeen>> checkpointFate = _ -> Optional.empty();

    FakeOwnerships(Clock clock) {
        this.clock = clock;
    }

    private Group group(PgId pg) {
        return groups.computeIfAbsent(pg, _ -> new Group());
    }

    void remove(PgId pg) {
        group(pg).state = State.REMOVED;
    }

    @SuppressWarnings("unchecked")
    private <T> T once(String call, PgId pg, String key, Supplier<T> effect) {
        before.accept(call, pg);
        String full = call + " " + pg + " " + key;
        if (!answers.containsKey(full)) {
            answers.put(full, effect.get());
        }
        after.accept(call, pg);
        return (T) answers.get(full);
    }

    @Override
    public Optional<List<OwnedVm>> take(PgId pg, RunId run, String key) {
        if (group(pg).state == State.REMOVED) {
            return Optional.empty();
        }
        return Optional.of(once("take", pg, key, () -> {
            Group group = group(pg);
            boolean ours = group.holder.filter(run::equals).isPresent();
            if (group.state == State.PROTECTED || group.state == State.RESYNC) {
                group.state = State.FAILING_OVER;
                group.holder = Optional.of(run);
                group.epoch++;
                group.fenceLooks = 0;
                log.add("take " + pg);
            } else if (group.state != State.FAILING_OVER || !ours) {
                throw forbidden();
            }
            return List.of(new OwnedVm(Samples.vm(pg), Optional.of(Samples.agent(pg)), group.epoch));
        }));
    }

    @Override
    public void commit(PgId pg, RunId run, String key) {
        once("commit", pg, key, () -> {
            Group group = group(pg);
            if (!holds(run, pg)) {
                throw forbidden();
            }
            if (group.state == State.FAILING_OVER) {
                group.state = State.FAILED_OVER;
                log.add("commit " + pg);
            }
            return true;
        });
    }

    @Override
    public boolean cancel(PgId pg, RunId run, String key) {
        if (group(pg).state == State.FAILED_OVER && holds(run, pg)) {
            return false;
        }
        return once("cancel", pg, key, () -> {
            if (group(pg).state == State.FAILING_OVER && holds(run, pg)) {
                returned(pg);
            }
            return true;
        });
    }

    @Override
    public boolean giveBack(PgId pg, RunId run, String key) {
        if (group(pg).state != State.FAILED_OVER || !holds(run, pg)) {
            return false;
        }
        return once("return", pg, key, () -> {
            returned(pg);
            return true;
        });
    }

    private void returned(PgId pg) {
        if (!mayReturn.test(pg)) {
            throw new AssertionError("two owners: given back while a machine or a session is there, " + pg);
        }
        Group group = group(pg);
        group.state = State.RESYNC;
        group.holder = Optional.empty();
        group.epoch++;
        log.add("return " + pg);
    }

    @Override
    public CheckpointId checkpoint(PgId pg, String name, String key) {
        return once("checkpoint", pg, key, () -> {
            if (!isFenced(pg)) {
                throw new AssertionError("the last checkpoint is ordered before the fence, " + pg);
            }
            log.add("checkpoint " + pg);
            CheckpointId id = CheckpointId.random();
            looks.put(id, new int[1]);
            return id;
        });
    }

    @Override
    public CheckpointSeen look(PgId pg, CheckpointId checkpoint) {
        return checkpointFate
                .apply(pg)
                .orElseGet(() -> new CheckpointSeen(++looks.get(checkpoint)[0] < 3 ? "CUT" : "LISTED", "", ""));
    }

    /** An agent fences at the second look after its group was taken. */
    List<FenceWord> words(Collection<VmId> vms) {
        List<FenceWord> words = new ArrayList<>();
        groups.forEach((pg, group) -> {
            if (group.epoch > 0 && vms.contains(Samples.vm(pg)) && !silent.contains(pg)) {
                group.fenceLooks++;
                words.add(new FenceWord(
                        Samples.agent(pg),
                        Samples.vm(pg),
                        group.epoch,
                        word(pg, group),
                        clock.instant(),
                        unfenceable.contains(pg) ? "QMP_GONE" : "",
                        unfenceable.contains(pg) ? "nobody answers at the monitor" : ""));
            }
        });
        return words;
    }

    private FenceWord.State word(PgId pg, Group group) {
        if (group.holder.isEmpty()) {
            return FenceWord.State.SERVED;
        } else if (unfenceable.contains(pg)) {
            return FenceWord.State.FENCE_FAILED;
        }
        return group.fenceLooks < 2 ? FenceWord.State.FENCING : FenceWord.State.FENCED;
    }

    private boolean isFenced(PgId pg) {
        Group group = group(pg);
        return group.holder.isPresent() && !silent.contains(pg) && word(pg, group) == FenceWord.State.FENCED;
    }

    boolean holds(RunId run, PgId pg) {
        Group group = group(pg);
        return group.state == State.REMOVED || group.holder.filter(run::equals).isPresent();
    }

    /** Whether nothing replicates into the group's journal. */
    boolean isFinal(PgId pg) {
        return group(pg).state == State.FAILED_OVER || group(pg).state == State.REMOVED;
    }

    /** Groups that are not their source's. */
    Set<PgId> away() {
        Set<PgId> away = new HashSet<>();
        groups.forEach((pg, group) -> {
            if (group.holder.isPresent()) {
                away.add(pg);
            }
        });
        return away;
    }

    long count(String line) {
        return log.stream().filter(line::equals).count();
    }

    static HoldfastException forbidden() {
        return new HoldfastException(new ForeignCode("GROUP_STATE_FORBIDS", Blame.CONFLICT), "the state forbids it");
    }
}
