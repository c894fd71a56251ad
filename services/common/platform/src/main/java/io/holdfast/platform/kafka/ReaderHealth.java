package io.holdfast.platform.kafka;

import io.smallrye.health.api.Wellness;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.function.Predicate;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * What readers tell the platform they run on.
 *
 * <ul>
 *   <li>Live: no reader's thread has died.
 *   <li>Ready: every reader that gates readiness has caught up once. An outage of Kafka later leaves the service ready: what
 *       it knows is still of use, and taking it out of service would turn one outage into two.
 *   <li>Well ({@code /q/health/well}): no reader waits. Shown to people, acted on by nobody.
 * </ul>
 */
@Singleton
public class ReaderHealth {
    private static final String NAME = "kafka-readers";

    private final HoldfastKafka kafka;

    public ReaderHealth(HoldfastKafka kafka) {
        this.kafka = kafka;
    }

    @Produces
    @Liveness
    @Singleton
    HealthCheck live() {
        return () -> report(reader -> !(reader.state() instanceof ReaderState.Failed));
    }

    @Produces
    @Readiness
    @Singleton
    HealthCheck ready() {
        return () -> report(reader ->
                !reader.settings().gatesReadiness() || reader.caughtUp().isDone());
    }

    @Produces
    @Wellness
    @Singleton
    HealthCheck well() {
        return () -> report(reader -> reader.state() instanceof ReaderState.Reading);
    }

    private HealthCheckResponse report(Predicate<TopicReader<?>> good) {
        var response = HealthCheckResponse.named(NAME);
        boolean up = true;
        for (TopicReader<?> reader : kafka.readers()) {
            up &= good.test(reader);
            response.withData(reader.settings().name(), describe(reader.state()));
        }
        return response.status(up).build();
    }

    private static String describe(ReaderState state) {
        return switch (state) {
            case ReaderState.Starting _ -> "STARTING";
            case ReaderState.Reading reading -> reading.caughtUp() ? "READING" : "CATCHING_UP";
            case ReaderState.Waiting waiting ->
                "WAITING since %s, attempt %d: %s".formatted(waiting.since(), waiting.attempts(), waiting.reason());
            case ReaderState.Stopped _ -> "STOPPED";
            case ReaderState.Failed failed -> "FAILED: " + failed.reason();
        };
    }
}
