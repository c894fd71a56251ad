package io.holdfast.replicationagent.adapter.metrics;

import io.holdfast.replicationagent.AgentRuntime;
import io.holdfast.replicationagent.flow.LinkLimits;
import io.holdfast.replicationagent.quiesce.FreezeFailure;
import io.holdfast.replicationagent.quiesce.QuiesceMeter;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamSnapshot;
import io.holdfast.replicationagent.stream.StreamSnapshot.VolumeSnapshot;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** Every meter of the agent. Labels: {@code group} and {@code volume} are ids, {@code state} is a sync state. */
@ApplicationScoped
public class AgentMetrics implements QuiesceMeter {
    private static final List<String> STATES = List.of("Unsynced", "Syncing", "InSync", "Bitmap");

    private final MeterRegistry registry;
    private final Timer writes;
    private final Timer holds;
    private final Counter expiredHolds;
    private final Timer freezes;
    private final Map<FreezeFailure.Code, Counter> freezeFailures = new EnumMap<>(FreezeFailure.Code.class);
    private final Counter freezesExpired;
    private final Counter hooksFailed;
    private final List<StreamMeter> streamMeters = new ArrayList<>();
    private final MultiGauge syncState;
    private final MultiGauge sendObstacle;
    private final MultiGauge dirtyBytes;
    private final MultiGauge capturedBytes;
    private final ScheduledExecutorService refresher = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("holdfast-metrics").daemon().factory());

    private record StreamMeter(MultiGauge gauge, ToDoubleFunction<StreamSnapshot> value) {}

    AgentMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.writes = Timer.builder("holdfast_write_latency")
                .description("From a guest's write reaching the agent to its completion")
                .serviceLevelObjectives(
                        Duration.ofNanos(50_000),
                        Duration.ofNanos(100_000),
                        Duration.ofNanos(250_000),
                        Duration.ofNanos(500_000),
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500))
                .register(registry);
        this.holds = Timer.builder("holdfast_hold_duration")
                .description(
                        "Completions of guest writes held for a checkpoint over several agents; budget 20 ms, limit 500 ms")
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(200),
                        Duration.ofMillis(500))
                .register(registry);
        this.expiredHolds = Counter.builder("holdfast_holds_expired")
                .description("Holds that ended without the router's release: their checkpoints are discarded")
                .register(registry);
        this.freezes = Timer.builder("holdfast_guest_freeze")
                .description("From the first freeze order to a group's guests until all are thawed")
                .serviceLevelObjectives(
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10))
                .register(registry);
        for (FreezeFailure.Code code : FreezeFailure.Code.values()) {
            freezeFailures.put(
                    code,
                    Counter.builder("holdfast_guest_freeze_failures")
                            .description("Orders after which not every guest was frozen")
                            .tag("code", code.name())
                            .register(registry));
        }
        freezesExpired = Counter.builder("holdfast_guest_freezes_expired")
                .description(
                        "Freezes that ended before the router said so: by the limit, by a guest, or with the session")
                .register(registry);
        hooksFailed = Counter.builder("holdfast_guest_hooks_after_failures")
                .description("Hooks that failed after a thaw; the checkpoint is not touched by it")
                .register(registry);
        stream(
                "holdfast_ring_used_bytes",
                "Ring memory that holds unacknowledged changes",
                StreamSnapshot::ringUsedBytes);
        stream("holdfast_ring_limit_bytes", "The stream's share of the ring", StreamSnapshot::ringLimitBytes);
        stream("holdfast_sent_bytes", "Batch bodies sent since the start, resends included", StreamSnapshot::sentBytes);
        stream(
                "holdfast_sync_equal_bytes",
                "Found equal to the replica by syncs since the start, and not sent",
                StreamSnapshot::equalBytes);
        stream(
                "holdfast_sync_known_equal_bytes",
                "Of holdfast_sync_equal_bytes: known to be equal by journal and tap, and not read",
                StreamSnapshot::knownEqualBytes);
        stream("holdfast_ring_overflows", "Times a volume went to BITMAP since the start", StreamSnapshot::overflows);
        stream("holdfast_unacked_age_seconds", "Age of the oldest unacknowledged change", AgentMetrics::unackedAge);
        syncState = MultiGauge.builder("holdfast_volume_sync_state")
                .description("1 for the state that the volume is in, 0 for the others")
                .register(registry);
        sendObstacle = MultiGauge.builder("holdfast_send_obstacle")
                .description("1 for the rate or window that the group's batches wait for, NONE included")
                .register(registry);
        dirtyBytes = MultiGauge.builder("holdfast_volume_dirty_bytes")
                .description("Noted and not yet sent")
                .register(registry);
        capturedBytes = MultiGauge.builder("holdfast_captured_bytes")
                .description("Bytes that guests changed since the start")
                .register(registry);
    }

    private void stream(String name, String description, ToDoubleFunction<StreamSnapshot> value) {
        streamMeters.add(new StreamMeter(
                MultiGauge.builder(name).description(description).register(registry), value));
    }

    private static double unackedAge(StreamSnapshot stream) {
        long oldest = stream.oldestUnackedAtMicros();
        return oldest == 0 ? 0 : Math.max(0, System.currentTimeMillis() * 1_000 - oldest) / 1e6;
    }

    /** Called for every guest write. */
    public void writeTook(long nanos) {
        writes.record(nanos, TimeUnit.NANOSECONDS);
    }

    private void holdEnded(long heldNanos, boolean expired) {
        holds.record(heldNanos, TimeUnit.NANOSECONDS);
        if (expired) {
            expiredHolds.increment();
        }
    }

    @Override
    public void frozenFor(Duration duration) {
        freezes.record(duration);
    }

    @Override
    public void failed(FreezeFailure.Code code) {
        freezeFailures.get(code).increment();
    }

    @Override
    public void expired() {
        freezesExpired.increment();
    }

    @Override
    public void hookAfterFailed() {
        hooksFailed.increment();
    }

    /** Reads the agent's numbers from now on, every second. */
    public void watch(AgentRuntime agent) {
        agent.uplink().observeHolds(this::holdEnded);
        Gauge.builder(
                        "holdfast_router_connected",
                        agent,
                        running -> running.uplink().isConnected() ? 1 : 0)
                .description("1 while a router has taken the session")
                .register(registry);
        FunctionCounter.builder("holdfast_router_sessions", agent, running -> running.uplink()
                        .sessionAttempts())
                .description("Sessions attempted since the start")
                .register(registry);
        FunctionCounter.builder("holdfast_router_session_failures", agent, running -> running.uplink()
                        .sessionFailures())
                .description("Sessions that ended or did not come about")
                .register(registry);
        Gauge.builder(
                        "holdfast_link_held_back",
                        agent,
                        running -> running.uplink().isHeldBack() ? 1 : 0)
                .description("1 while batches wait for the line, a rate or a router's credit")
                .register(registry);
        Gauge.builder("holdfast_compression_effort", agent, running -> running.uplink()
                        .effort()
                        .ordinal())
                .description("0 none, 1 lz4, 2 zstd, 3 zstd with more effort; a policy may allow less")
                .register(registry);
        Gauge.builder("holdfast_ring_lent_bytes", agent, running -> running.ring()
                        .lentBytes())
                .description("Ring memory lent to streams, in whole segments")
                .register(registry);
        Gauge.builder("holdfast_machines", agent, running -> running.machines()
                        .machines()
                        .size())
                .description("Machines that are attached")
                .register(registry);
        LiveMeters.register(registry, agent);
        MachineMeters.register(registry, agent);
        OwnershipMeters.register(registry, agent);
        Gauge.builder("holdfast_guests_frozen", agent, running -> running.quiescence()
                        .mayBeFrozen())
                .description(
                        "Guests that may be frozen now; above 0 for longer than a freeze means that one does not thaw")
                .register(registry);
        refresher.scheduleWithFixedDelay(() -> refresh(agent), 0, 1, TimeUnit.SECONDS);
    }

    private void refresh(AgentRuntime agent) {
        List<ReplicationStream> streams = List.copyOf(agent.replication().streams());
        List<StreamSnapshot> snapshots =
                streams.stream().map(ReplicationStream::snapshot).toList();
        for (StreamMeter meter : streamMeters) {
            List<Row<?>> rows = new ArrayList<>();
            for (int i = 0; i < streams.size(); i++) {
                rows.add(Row.of(
                        Tags.of("group", streams.get(i).id().pg().toString()),
                        meter.value().applyAsDouble(snapshots.get(i))));
            }
            meter.gauge().register(rows, true);
        }
        List<Row<?>> obstacles = new ArrayList<>();
        for (ReplicationStream stream : streams) {
            LinkLimits.Obstacle now = agent.uplink().obstacle(stream.id().pg());
            for (LinkLimits.Obstacle reason : LinkLimits.Obstacle.values()) {
                obstacles.add(Row.of(
                        Tags.of("group", stream.id().pg().toString(), "reason", reason.name()), reason == now ? 1 : 0));
            }
        }
        sendObstacle.register(obstacles, true);
        List<Row<?>> states = new ArrayList<>();
        List<Row<?>> dirty = new ArrayList<>();
        List<Row<?>> captured = new ArrayList<>();
        for (int i = 0; i < streams.size(); i++) {
            for (VolumeSnapshot volume : snapshots.get(i).volumes()) {
                Tags tags = Tags.of(
                        "group",
                        streams.get(i).id().pg().toString(),
                        "volume",
                        volume.volume().toString());
                dirty.add(Row.of(tags, volume.dirtyBytes()));
                captured.add(Row.of(tags, volume.capturedBytes()));
                for (String state : STATES) {
                    boolean here = volume.state().getClass().getSimpleName().equals(state);
                    states.add(Row.of(tags.and("state", state), here ? 1 : 0));
                }
            }
        }
        syncState.register(states, true);
        dirtyBytes.register(dirty, true);
        capturedBytes.register(captured, true);
    }
}
