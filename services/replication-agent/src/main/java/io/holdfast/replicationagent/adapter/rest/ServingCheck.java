package io.holdfast.replicationagent.adapter.rest;

import io.holdfast.replicationagent.AgentLifecycle;
import io.holdfast.replicationagent.AgentRuntime;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready means that guests reach their disks. A router that is away does not make an agent unready: guests must not notice it. */
@Readiness
@ApplicationScoped
public class ServingCheck implements HealthCheck {
    private final AgentLifecycle lifecycle;

    ServingCheck(AgentLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("nbd-server")
                .status(lifecycle.agent().map(AgentRuntime::isServing).orElse(false))
                .build();
    }
}
