package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.protectiongroup.adapter.persistence.CheckpointRequests;
import io.holdfast.protectiongroup.adapter.persistence.CommandLog;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.runtime.GroupKeeper;
import io.holdfast.protectiongroup.adapter.runtime.Limits;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.refusal.GroupError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What people ask to see; each answer is of one moment. */
@ApplicationScoped
@Transactional
public class GroupQueries {
    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T00:00:00Z");
    private static final UUID LAST_ID = new UUID(-1, -1);

    private final GroupStore groups;
    private final DataPlaneStore dataPlanes;
    private final GroupKeeper keeper;
    private final CheckpointRequests requests;
    private final CommandLog log;
    private final Limits limits;
    private final Clock clock;

    @Inject
    public GroupQueries(
            GroupStore groups,
            DataPlaneStore dataPlanes,
            GroupKeeper keeper,
            CheckpointRequests requests,
            CommandLog log,
            Limits limits,
            Clock clock) {
        this.groups = groups;
        this.dataPlanes = dataPlanes;
        this.keeper = keeper;
        this.requests = requests;
        this.log = log;
        this.limits = limits;
        this.clock = clock;
    }

    FailoverView failover(PgId id) {
        return FailoverView.of(groups.get(id).group());
    }

    GroupView one(PgId id) {
        Instant now = clock.instant();
        return GroupViews.of(
                groups.get(id), keeper.dataPlane(id, now), limits.health().clockUncertainty(), now);
    }

    Page<GroupView> page(List<String> lifecycles, Optional<String> name, Optional<VmId> vm, PageRequest page) {
        for (String lifecycle : lifecycles) {
            if (!GroupViews.knownLifecycles().contains(lifecycle)) {
                throw Violation.refuse(
                        "lifecycle", "must be one of " + String.join(", ", GroupViews.knownLifecycles()));
            }
        }
        Instant now = clock.instant();
        Optional<PgId> after = page.after().stream().findFirst().map(PgId::parse);
        Map<PgId, DataPlane> said = dataPlanes.all(limits.belief(), limits.testSilence(), now);
        return Page.of(
                groups.page(lifecycles, name, vm, after, page.fetch()),
                page,
                stored -> GroupViews.of(
                        stored,
                        said.getOrDefault(stored.group().id(), DataPlane.silent(limits.belief())),
                        limits.health().clockUncertainty(),
                        now),
                stored -> List.of(stored.group().id().toString()));
    }

    CheckpointRequestView checkpointRequest(PgId group, CheckpointId id) {
        return requests.find(id)
                .filter(request -> request.group().equals(group))
                .map(CheckpointRequestView::of)
                .orElseThrow(() -> new HoldfastException(
                        GroupError.CHECKPOINT_REQUEST_NOT_FOUND,
                        "Nobody asked for checkpoint %s of group %s.".formatted(id, group)));
    }

    Page<CheckpointRequestView> checkpointRequests(PgId group, PageRequest page) {
        groups.get(group);
        boolean first = page.after().isEmpty();
        Instant before = first ? END_OF_TIME : Instant.parse(page.after().get(0));
        UUID beforeId =
                first ? LAST_ID : CheckpointId.parse(page.after().get(1)).value();
        return Page.of(
                requests.page(group, before, beforeId, page.fetch()),
                page,
                CheckpointRequestView::of,
                request -> List.of(
                        request.requestedAt().toString(), request.checkpoint().toString()));
    }

    Page<CommandView> commands(PgId group, PageRequest page) {
        groups.get(group);
        long before = page.after().stream().findFirst().map(Long::parseLong).orElse(Long.MAX_VALUE);
        return Page.of(
                log.page(group, before, page.fetch()),
                page,
                entry -> new CommandView(entry.at(), entry.by(), entry.command(), entry.detail()),
                entry -> List.of(Long.toString(entry.number())));
    }
}
