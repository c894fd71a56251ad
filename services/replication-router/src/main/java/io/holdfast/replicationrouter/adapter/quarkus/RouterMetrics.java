package io.holdfast.replicationrouter.adapter.quarkus;

import io.holdfast.replicationrouter.adapter.node.NodeMeters;
import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import io.holdfast.replicationrouter.checkpoint.Discard;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Every meter of the router. A singleton, not a lazy proxy: meters are there from the start, at zero. */
@Singleton
public class RouterMetrics implements NodeMeters {
    private final MeterRegistry registry;
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicLong inFlight = new AtomicLong();
    private final Counter batches;
    private final Counter bytes;
    private final Counter produceFailures;
    private final Counter eventsLost;
    private final Timer produce;
    private final AtomicLong waitingRoom = new AtomicLong();
    private final Timer holdCollect;
    private final Timer holdDuration;
    private final Counter holdsOverBudget;
    private final Counter holdsExpired;
    private final Timer freezes;

    public RouterMetrics(MeterRegistry registry) {
        this.registry = registry;
        registry.gauge("holdfast_router_sessions", sessions);
        registry.gauge("holdfast_router_in_flight_bytes", inFlight);
        batches = registry.counter("holdfast_router_batches");
        bytes = registry.counter("holdfast_router_change_bytes");
        produceFailures = registry.counter("holdfast_router_produce_failures");
        eventsLost = registry.counter("holdfast_router_events_lost");
        registry.gauge("holdfast_router_waiting_room_bytes", waitingRoom);
        holdsOverBudget = registry.counter("holdfast_router_holds_over_budget");
        holdsExpired = registry.counter("holdfast_router_holds_expired");
        holdCollect =
                holdTimer("holdfast_router_hold_collect", "from the order to hold until all agents held; budget 20 ms");
        holdDuration = holdTimer("holdfast_router_hold_duration", "for which one agent held completions");
        freezes = Timer.builder("holdfast_router_freeze_duration")
                .description("for which guests of one agent were frozen")
                .serviceLevelObjectives(
                        Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(10))
                .register(registry);
        produce = Timer.builder("holdfast_router_produce")
                .description("from a batch's arrival to Kafka's acknowledgement")
                .serviceLevelObjectives(
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(5))
                .register(registry);
    }

    @Override
    public void sessionOpened() {
        sessions.incrementAndGet();
        registry.counter("holdfast_router_sessions_opened").increment();
    }

    @Override
    public void sessionClosed(String reason) {
        sessions.decrementAndGet();
        registry.counter("holdfast_router_sessions_closed", "reason", reason).increment();
    }

    @Override
    public void rejected(String code) {
        registry.counter("holdfast_router_rejects", "code", code).increment();
    }

    @Override
    public void batchForwarded(int sizeBytes) {
        batches.increment();
        bytes.increment(sizeBytes);
    }

    @Override
    public void batchDropped(String reason) {
        registry.counter("holdfast_router_batches_dropped", "reason", reason).increment();
    }

    @Override
    public void produced(long nanos) {
        produce.record(Duration.ofNanos(nanos));
    }

    @Override
    public void produceFailed() {
        produceFailures.increment();
    }

    @Override
    public void inFlightBytes(long used) {
        inFlight.set(used);
    }

    private Timer holdTimer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(
                        Duration.ofMillis(5),
                        CutLimits.HOLD_BUDGET,
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500))
                .register(registry);
    }

    @Override
    public void waitingRoomBytes(long used) {
        waitingRoom.set(used);
    }

    @Override
    public void allHeld(long nanos) {
        holdCollect.record(Duration.ofNanos(nanos));
        if (nanos > CutLimits.HOLD_BUDGET.toNanos()) {
            holdsOverBudget.increment();
        }
    }

    @Override
    public void holdEnded(long heldMicros, boolean expired) {
        holdDuration.record(heldMicros, TimeUnit.MICROSECONDS);
        if (expired) {
            holdsExpired.increment();
        }
    }

    @Override
    public void guestsFrozen(long micros) {
        freezes.record(micros, TimeUnit.MICROSECONDS);
    }

    @Override
    public void appCheckpointFailed(String code) {
        // The code comes from an agent: only what looks like one becomes a label.
        registry.counter(
                        "holdfast_router_app_checkpoints_failed", "code", code.matches("[A-Z_]{1,40}") ? code : "OTHER")
                .increment();
    }

    @Override
    public void checkpointCut(Cut.Kind kind) {
        registry.counter("holdfast_router_checkpoints_cut", "kind", kind.name()).increment();
    }

    @Override
    public void checkpointDiscarded(Discard why) {
        registry.counter("holdfast_router_checkpoints_discarded", "reason", why.name())
                .increment();
    }

    @Override
    public void streamReset(String reason) {
        registry.counter("holdfast_router_stream_resets", "reason", reason).increment();
    }

    @Override
    public void commandAnswered(String code) {
        registry.counter("holdfast_router_commands_answered", "code", code).increment();
    }

    @Override
    public void hashesAnswered(String code) {
        registry.counter("holdfast_router_hash_requests", "code", code).increment();
    }

    @Override
    public void rangesResent(int ranges) {
        registry.counter("holdfast_router_resend_ranges").increment(ranges);
    }

    @Override
    public void resendRefused(String code) {
        registry.counter("holdfast_router_resend_ranges_refused", "code", code).increment();
    }

    @Override
    public void eventLost() {
        eventsLost.increment();
    }
}
