package io.holdfast.platform.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Map;

/** Makes {@link HoldfastKafka} from the application's settings. */
@Singleton
public class KafkaBeans {
    @Produces
    @Singleton
    public HoldfastKafka kafka(
            @Identifier("default-kafka-broker") Map<String, Object> clientSettings,
            KafkaSettings settings,
            MeterRegistry registry) {
        return new HoldfastKafka(KafkaConnection.of(clientSettings, settings), registry);
    }

    public void stop(@Disposes HoldfastKafka kafka) {
        kafka.close();
    }
}
