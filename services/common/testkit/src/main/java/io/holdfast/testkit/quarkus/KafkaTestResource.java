package io.holdfast.testkit.quarkus;

import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import java.util.UUID;

/**
 * Gives a {@code @QuarkusTest} the JVM's shared Kafka broker and topics of its own: every start of an application under
 * test has another topic prefix. In tests, {@code KafkaFixture.shared()} is the same broker.
 *
 * <pre>{@code @QuarkusTestResource(KafkaTestResource.class)}</pre>
 */
public final class KafkaTestResource implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        return Map.of(
                "kafka.bootstrap.servers",
                KafkaFixture.shared().bootstrapServers(),
                "holdfast.kafka.topic-prefix",
                "t%s.".formatted(UUID.randomUUID().toString().substring(0, 8)));
    }

    /** The broker belongs to the JVM; a test that stopped it and failed must not take the next test down with it. */
    @Override
    public void stop() {
        KafkaFixture.shared().start();
    }
}
