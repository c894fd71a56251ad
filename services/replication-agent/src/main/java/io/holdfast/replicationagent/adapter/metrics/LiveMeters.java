package io.holdfast.replicationagent.adapter.metrics;

import io.holdfast.replicationagent.AgentRuntime;
import io.holdfast.replicationagent.hosting.Capture;
import io.holdfast.replicationagent.hosting.LiveState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.function.Predicate;

/** How machines are captured, and how those under a running QEMU stand. */
final class LiveMeters {
    private static final Map<String, Class<? extends Capture>> WAYS =
            Map.of("INLINE", Capture.Inline.class, "TAP", Capture.Tap.class, "INTERVAL", Capture.Interval.class);

    private LiveMeters() {}

    static void register(MeterRegistry registry, AgentRuntime agent) {
        WAYS.forEach((name, way) -> Gauge.builder(
                        "holdfast_machines_by_capture", agent, running -> running.machines().machines().stream()
                                .filter(vm -> way.isInstance(vm.attachment().capture()))
                                .count())
                .description("Machines that are attached, by how their writes are captured")
                .tags("capture", name)
                .register(registry));
        live(registry, agent, "REACHED", LiveState::connected);
        live(registry, agent, "AWAY", state -> !state.connected());
        FunctionCounter.builder(
                        "holdfast_live_interruptions", agent, running -> running.live().states().values().stream()
                                .mapToLong(LiveState::interruptions)
                                .sum())
                .description(
                        "Times that writes of a live machine's disk may have been missed, so that it is looked at again")
                .register(registry);
        FunctionCounter.builder("holdfast_live_polls", agent, running -> running.live().states().values().stream()
                        .mapToLong(LiveState::polls)
                        .sum())
                .description("Intervals that were completed, of machines that are looked at from time to time")
                .register(registry);
    }

    private static void live(MeterRegistry registry, AgentRuntime agent, String name, Predicate<LiveState> which) {
        Gauge.builder("holdfast_live_machines", agent, running -> running.live().states().values().stream()
                        .filter(which)
                        .count())
                .description(
                        "Machines under tap or interval whose QEMU is reached now, or is not (a machine that is off)")
                .tags("state", name)
                .register(registry);
    }
}
