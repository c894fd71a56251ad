package io.holdfast.replicationagent.adapter.metrics;

import io.holdfast.replicationagent.AgentRuntime;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** Meters about who owns the host's machines. */
final class OwnershipMeters {
    private OwnershipMeters() {}

    static void register(MeterRegistry registry, AgentRuntime agent) {
        Gauge.builder("holdfast_fenced_machines", agent, running -> running.ownerships()
                        .fencedMachines())
                .description("Attached machines that another site owns: their disks are refused, or they are stopped")
                .register(registry);
        Gauge.builder("holdfast_fences_failed", agent, running -> running.ownerships()
                        .failedFences())
                .description("Machines that another site owns and that may still write here")
                .register(registry);
        Gauge.builder(
                        "holdfast_ownership_unconfirmed",
                        agent,
                        running -> running.ownerships().isConfirmed() ? 0 : 1)
                .description(
                        "1 while disks are refused after a restart of the host, as no router has told who owns them")
                .register(registry);
        FunctionCounter.builder("holdfast_fence_refused_connections", agent, running -> running.ownerships()
                        .refusedConnections())
                .description("NBD connections refused for a fence, or while the ownership was not confirmed")
                .register(registry);
    }
}
