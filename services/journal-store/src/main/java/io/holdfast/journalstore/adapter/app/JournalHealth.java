package io.holdfast.journalstore.adapter.app;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Live: no applying thread has died. Whether Kafka answers is shown and does not end the service: recovery goes on without it. */
@Liveness
@ApplicationScoped
public class JournalHealth implements HealthCheck {
    private final JournalService service;

    public JournalHealth(JournalService service) {
        this.service = service;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("journal-store");
        if (!service.applying()) {
            return response.up()
                    .withData("applying", service.notApplyingReason())
                    .build();
        }
        service.journalKafka().readerStates().forEach(response::withData);
        return response.status(service.journalKafka().allApplying()).build();
    }
}
