package io.holdfast.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.Policy;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProtoProducerTest {
    private final KafkaFixture broker = KafkaFixture.shared();
    private final String prefix = "t" + UUID.randomUUID() + ".";
    private final HoldfastKafka kafka = new HoldfastKafka(
            new KafkaConnection(
                    Map.of("bootstrap.servers", broker.bootstrapServers()),
                    prefix,
                    OptionalInt.empty(),
                    1,
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(4)),
            new SimpleMeterRegistry());

    @AfterEach
    void stop() {
        kafka.close();
        broker.start();
    }

    @Test
    void the_largest_batch_of_the_contract_fits_and_goes_to_the_chosen_partition() throws Exception {
        kafka.topics().ensure(Topic.CHANGES);
        var record = ChangesRecord.newBuilder()
                .setPgId("pg")
                .setBatch(ChangeBatch.newBuilder().setBody(ByteString.copyFrom(new byte[(4 << 20) + (64 << 10)])))
                .build();
        var metadata = ProtoProducer.await(kafka.producer().send(Topic.CHANGES, 3, "pg", record));
        assertThat(metadata.partition()).isEqualTo(3);
        var read = broker.readAll(Topic.CHANGES.name(prefix));
        assertThat(read).singleElement().satisfies(one -> assertThat(ChangesRecord.parseFrom(one.value()))
                .isEqualTo(record));
    }

    @Test
    void a_message_that_is_too_large_fails_before_it_is_sent() {
        var large = Policy.newBuilder().setName("x".repeat(2 << 20)).build();
        assertThatThrownBy(() -> kafka.producer().sendAndWait(Topic.POLICIES, "pg", large))
                .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                        .isEqualTo(KafkaError.KAFKA_MESSAGE_TOO_LARGE));
    }

    @Test
    void a_tombstone_has_no_place_in_a_topic_that_is_not_compacted() {
        assertThatThrownBy(() -> kafka.producer().sendTombstone(Topic.AGENT_EVENTS, "a"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void without_kafka_the_write_fails_within_the_delivery_limit_and_later_writes_work() {
        kafka.topics().ensure(Topic.POLICIES);
        kafka.producer().sendAndWait(Topic.POLICIES, "pg", Policy.getDefaultInstance());
        broker.stop();
        assertThatThrownBy(() -> kafka.producer().sendAndWait(Topic.POLICIES, "pg", Policy.getDefaultInstance()))
                .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                        .isEqualTo(CommonError.DEPENDENCY_UNAVAILABLE));
        broker.start();
        kafka.producer().sendAndWait(Topic.POLICIES, "pg", Policy.getDefaultInstance());
    }
}
