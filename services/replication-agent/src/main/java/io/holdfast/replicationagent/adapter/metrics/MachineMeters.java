package io.holdfast.replicationagent.adapter.metrics;

import io.holdfast.replicationagent.AgentRuntime;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineView;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.function.Predicate;

/** Meters about machines that the host runs for recovery runs. */
final class MachineMeters {
    private static final Map<String, Predicate<MachineState>> STATES = Map.of(
            "starting",
            state -> state instanceof MachineState.Ordered || state instanceof MachineState.Released,
            "running",
            state -> state instanceof MachineState.Running running && running.readyAtMicros() == 0,
            "ready",
            state -> state instanceof MachineState.Running running && running.readyAtMicros() != 0,
            "failed",
            MachineState.Failed.class::isInstance,
            "stopping",
            MachineState.Stopping.class::isInstance);

    private MachineMeters() {}

    static void register(MeterRegistry registry, AgentRuntime agent) {
        STATES.forEach((name, fits) -> Gauge.builder(
                        "holdfast_agent_machines", agent, running -> running.hosted().views().stream()
                                .map(MachineView::state)
                                .filter(fits)
                                .count())
                .description("Machines that this host runs for recovery runs, by state")
                .tag("state", name)
                .register(registry));
        Gauge.builder("holdfast_agent_machines_memory_bytes", agent, running -> running.hosted()
                        .capacity()
                        .memoryUsedBytes())
                .description("Memory that those machines have together")
                .register(registry);
        Gauge.builder("holdfast_agent_machines_memory_limit_bytes", agent, running -> running.hosted()
                        .capacity()
                        .memoryLimitBytes())
                .description("Memory that they may have together")
                .register(registry);
    }
}
