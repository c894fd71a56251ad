package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.adapter.persistence.CheckpointRequests;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.lifecycle.RemovalStep;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Lets time and the data plane's words act on groups. One pass reads everything with a handful of queries, however many
 * groups there are, and writes only those groups for which something follows; each of them is decided again under its lock.
 */
@ApplicationScoped
public class Evaluator {
    private static final Logger LOG = Logger.getLogger(Evaluator.class);
    /** Timed-out requests handled per pass; more wait for the next one. */
    private static final int REQUESTS_PER_PASS = 500;

    private final GroupStore groups;
    private final DataPlaneStore dataPlanes;
    private final CheckpointRequests requests;
    private final GroupKeeper keeper;
    private final Outgoing outgoing;
    private final Snapshot snapshot;
    private final Limits limits;
    private final Clock clock;

    @Inject
    public Evaluator(
            GroupStore groups,
            DataPlaneStore dataPlanes,
            CheckpointRequests requests,
            GroupKeeper keeper,
            Outgoing outgoing,
            Snapshot snapshot,
            Limits limits,
            Clock clock) {
        this.groups = groups;
        this.dataPlanes = dataPlanes;
        this.requests = requests;
        this.keeper = keeper;
        this.outgoing = outgoing;
        this.snapshot = snapshot;
        this.limits = limits;
        this.clock = clock;
    }

    /** One look at every group. A group that fails is logged and does not keep the others from their turn. */
    public void pass() {
        Instant now = clock.instant();
        List<PgId> toSettle = new ArrayList<>();
        List<Snapshot.Entry> seen = new ArrayList<>();
        QuarkusTransaction.requiringNew().run(() -> {
            Map<PgId, DataPlane> said = dataPlanes.all(limits.belief(), limits.testSilence(), now);
            for (StoredGroup stored : groups.watched()) {
                PgId id = stored.group().id();
                DataPlane dataPlane = said.getOrDefault(id, DataPlane.silent(limits.belief()));
                Next next = next(stored, dataPlane, now);
                if (next.order().isPresent()
                        || !keeper.preview(stored, next.group(), dataPlane, now).equals(stored)) {
                    toSettle.add(id);
                }
                seen.add(new Snapshot.Entry(stored, dataPlane));
            }
        });
        snapshot.replace(seen);
        toSettle.forEach(this::settleSafely);
        expireRequests(now);
    }

    private void settleSafely(PgId id) {
        try {
            QuarkusTransaction.requiringNew().run(() -> settle(id));
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "group could not be evaluated and is tried again at the next pass pgId=%s", id);
        }
    }

    private void settle(PgId id) {
        Instant now = clock.instant();
        StoredGroup before = groups.lock(id);
        DataPlane dataPlane = keeper.dataPlane(id, now);
        Next next = next(before, dataPlane, now);
        StoredGroup after = keeper.keep(before, next.group(), dataPlane, now);
        next.order().ifPresent(command -> outgoing.deleteJournal(id, command, now));
        snapshot.update(new Snapshot.Entry(after, dataPlane));
    }

    private record Next(ProtectionGroup group, Optional<CommandId> order) {}

    private Next next(StoredGroup stored, DataPlane dataPlane, Instant now) {
        if (stored.group().lifecycle() instanceof Lifecycle.Removed removed) {
            var step = RemovalStep.at(now, removed.removal(), limits.removal(), CommandId::random);
            return new Next(stored.group().with(step.next()), step.order());
        }
        return new Next(stored.group().observing(dataPlane, now), Optional.empty());
    }

    private void expireRequests(Instant now) {
        QuarkusTransaction.requiringNew().run(() -> {
            for (var waiting : requests.waiting(REQUESTS_PER_PASS)) {
                if (!waiting.at(now).equals(waiting)) {
                    requests.lock(waiting.checkpoint()).ifPresent(request -> requests.update(request.at(now)));
                }
            }
        });
    }
}
