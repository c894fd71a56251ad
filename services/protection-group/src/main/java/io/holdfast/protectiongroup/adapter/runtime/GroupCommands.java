package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.adapter.persistence.CheckpointRequests;
import io.holdfast.protectiongroup.adapter.persistence.CommandLog;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.checkpoint.CheckpointRequest;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Command;
import io.holdfast.protectiongroup.lifecycle.JournalFate;
import io.holdfast.protectiongroup.membership.Membership;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.policy.Placement;
import io.holdfast.protectiongroup.refusal.GroupError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.function.BiFunction;

/** What people ask of groups, each in one transaction with its record of who and when. */
@ApplicationScoped
@Transactional
public class GroupCommands {
    private final GroupRequests requests;
    private final GroupStore groups;
    private final GroupKeeper keeper;
    private final CheckpointRequests checkpoints;
    private final CommandLog log;
    private final Partitions partitions;
    private final Outgoing outgoing;
    private final Limits limits;
    private final Clock clock;

    @Inject
    public GroupCommands(
            GroupRequests requests,
            GroupStore groups,
            GroupKeeper keeper,
            CheckpointRequests checkpoints,
            CommandLog log,
            Partitions partitions,
            Outgoing outgoing,
            Limits limits,
            Clock clock) {
        this.requests = requests;
        this.groups = groups;
        this.keeper = keeper;
        this.checkpoints = checkpoints;
        this.log = log;
        this.partitions = partitions;
        this.outgoing = outgoing;
        this.limits = limits;
        this.clock = clock;
    }

    public PgId create(CreateGroup order, String by) {
        Instant now = clock.instant();
        Membership members = requests.membersFor(order);
        var group = ProtectionGroup.draft(PgId.random(), order.name(), order.objectives(), members, now, by);
        keeper.keep(group, now);
        log.record(group.id(), now, by, "CREATE", order.name());
        return group.id();
    }

    /** @param paused nothing is sent before a person resumes: time to seed the replicas */
    public void start(PgId id, boolean paused, String by) {
        change(id, by, Command.START, paused ? "paused" : "", (group, now) -> {
            if (!group.lifecycle().allowed().contains(Command.START)) {
                return group.start(0, paused, now);
            }
            return group.start(Placement.leastLoaded(partitions.known(), groups.groupsByPartition()), paused, now);
        });
    }

    public void pause(PgId id, String by) {
        change(id, by, Command.PAUSE, "", ProtectionGroup::pause);
    }

    public void resume(PgId id, String by) {
        change(id, by, Command.RESUME, "", (group, now) -> group.resume(keeper.dataPlane(id, now), now));
    }

    public void remove(PgId id, JournalFate fate, String by) {
        change(id, by, Command.REMOVE, "journal " + fate, (group, now) -> group.remove(fate, now));
    }

    public void edit(PgId id, EditGroup order, String by) {
        change(id, by, Command.EDIT, order.summary(), (group, now) -> {
            Objectives objectives = requests.objectivesFor(order, group);
            ProtectionGroup next = group.with(objectives, now);
            if (order.name().isPresent()) {
                next = next.renamed(order.name().get());
            }
            if (order.excluded().isPresent()) {
                next = next.excluding(requests.membersFor(order.excluded().get(), group.membership()));
            }
            return next;
        });
    }

    /** Orders a named checkpoint; its way can be followed under the id in the answer. */
    public CheckpointId checkpoint(PgId id, String name, String by) {
        Instant now = clock.instant();
        ProtectionGroup group = groups.lock(id).group();
        group.requireCheckpointable();
        if (checkpoints.waiting(id) >= limits.maxWaitingCheckpoints()) {
            throw new HoldfastException(
                    GroupError.TOO_MANY_CHECKPOINT_REQUESTS,
                    "%d checkpoint requests of the group wait for their result; try again when they are done."
                            .formatted(limits.maxWaitingCheckpoints()),
                    Map.of("pgId", id.toString()));
        }
        var request = new CheckpointRequest(
                CheckpointId.random(),
                id,
                CommandId.random(),
                name,
                now,
                by,
                now.plus(limits.checkpointExpiresAfter()),
                new CheckpointRequest.Requested());
        checkpoints.insert(request);
        var firstAgent = group.membership().vms().getFirst().agent();
        outgoing.cut(request, firstAgent);
        log.record(id, now, by, Command.CHECKPOINT.name(), request.checkpoint() + " " + name);
        return request.checkpoint();
    }

    private void change(
            PgId id,
            String by,
            Command command,
            String detail,
            BiFunction<ProtectionGroup, Instant, ProtectionGroup> change) {
        Instant now = clock.instant();
        StoredGroup before = groups.lock(id);
        ProtectionGroup after = change.apply(before.group(), now);
        keeper.keep(before, after, keeper.dataPlane(id, now), now);
        log.record(id, now, by, command.name(), detail);
    }
}
