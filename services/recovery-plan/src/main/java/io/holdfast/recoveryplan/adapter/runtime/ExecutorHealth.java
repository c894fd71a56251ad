package io.holdfast.recoveryplan.adapter.runtime;

import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Not ready while due runs cannot be looked for, because an order would be taken and not carried out. */
@Readiness
@Singleton
public class ExecutorHealth implements HealthCheck {
    private final RunExecutor executor;
    private final Duration limit;

    @Inject
    public ExecutorHealth(RunExecutor executor, RecoveryPlanSettings settings) {
        this.executor = executor;
        this.limit = settings.scanInterval().multipliedBy(3).plusSeconds(10);
    }

    @Override
    public HealthCheckResponse call() {
        Duration age = executor.sinceLastGoodScan();
        return HealthCheckResponse.named("run-executor")
                .status(age.compareTo(limit) <= 0)
                .withData("secondsSinceLastScan", age.toSeconds())
                .build();
    }
}
