package io.holdfast.simulation;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import io.holdfast.replicationrouter.lease.Ownership;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.runtime.AgentSession;
import io.holdfast.replicationrouter.runtime.ChangesLog;
import io.holdfast.replicationrouter.runtime.EventLog;
import io.holdfast.replicationrouter.runtime.InboundFrame;
import io.holdfast.replicationrouter.runtime.NoMeters;
import io.holdfast.replicationrouter.runtime.ReplicaReader;
import io.holdfast.replicationrouter.runtime.Router;
import io.holdfast.replicationrouter.runtime.RouterClock;
import io.holdfast.replicationrouter.runtime.RouterSettings;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.session.SessionEnd;
import java.time.Duration;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** The real router on the simulation's clock, with a loop that runs to its end after each thing that happens. */
final class SimRouter {
    private static final RouterSettings SETTINGS = new RouterSettings(
            "simulation:1",
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            new CutLimits(Duration.ofSeconds(10), Duration.ofMillis(500), Duration.ofSeconds(10)),
            Duration.ofSeconds(2),
            100,
            512 << 10,
            RateLimit.UNLIMITED);

    private final Deque<Runnable> loop;
    private final ChangesLog kafka;
    private final ReplicaReader replicas;
    private final LongSupplier micros;
    private Router router;

    SimRouter(Deque<Runnable> loop, ChangesLog kafka, ReplicaReader replicas, LongSupplier micros) {
        this.replicas = replicas;
        this.loop = loop;
        this.kafka = kafka;
        this.micros = micros;
    }

    /** A new process, which reads the policies and takes its partition. */
    void start(Collection<GroupPolicy> policies) {
        loop.clear();
        RouterClock clock = new RouterClock() {
            @Override
            public long nanos() {
                return SimRouter.this.nanos();
            }

            @Override
            public long micros() {
                return micros.getAsLong();
            }
        };
        router = new Router(SETTINGS, clock, loop::add, kafka, new NoEvents(), new NoMeters());
        router.hashesAnsweredBy(replicas);
        policies.forEach(router::policy);
        router.ownership(new Ownership(Set.of(0), Map.of()));
        settle();
    }

    long nanos() {
        return micros.getAsLong() * 1000;
    }

    void connected(SiteId site, SimHost host, SimLink link) {
        link.session(router.connected(new AgentIdentity(site, host.agent()), link));
        settle();
    }

    void frame(AgentSession session, InboundFrame frame) {
        router.frame(session, frame);
        settle();
    }

    /** The agent's end takes frames again. */
    void writable(AgentSession session) {
        router.writable(session);
        settle();
    }

    void closed(AgentSession session) {
        router.closed(session, SessionEnd.CONNECTION_LOST);
        settle();
    }

    void policy(GroupPolicy policy) {
        router.policy(policy);
        settle();
    }

    void journal(SimJournal.Status status) {
        router.journalStatus(status.pg(), status.positions(), status.needsReset());
        router.journalServed(status.pg(), "simulation:2", List.of());
        settle();
    }

    void tick() {
        router.tick();
        settle();
    }

    /** Runs what waits on the loop. */
    void settle() {
        for (Runnable step = loop.poll(); step != null; step = loop.poll()) {
            step.run();
        }
    }

    private static final class NoEvents implements EventLog {
        @Override
        public void publish(AgentEvent event) {}

        @Override
        public void status(StreamId stream, StreamStatus status) {}

        @Override
        public void forgetStatus(StreamId stream) {}
    }
}
