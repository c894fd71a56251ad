package io.holdfast.replicationrouter.adapter.quarkus;

import io.holdfast.replicationrouter.adapter.node.RouterNode;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when agents are served; until then it says what is waited for. */
@Readiness
@ApplicationScoped
public class RouterReadiness implements HealthCheck {
    private final RouterService service;

    RouterReadiness(RouterService service) {
        this.service = service;
    }

    @Override
    public HealthCheckResponse call() {
        RouterNode node = service.node();
        if (node == null) {
            return HealthCheckResponse.down("router");
        }
        return HealthCheckResponse.named("router")
                .status(node.stage().ready())
                .withData("stage", node.stage().name())
                .withData("detail", node.detail())
                .build();
    }
}
