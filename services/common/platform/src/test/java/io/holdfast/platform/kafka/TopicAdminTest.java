package io.holdfast.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.testkit.kafka.KafkaFixture;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class TopicAdminTest {
    private final KafkaFixture broker = KafkaFixture.shared();
    private final String prefix = "t" + UUID.randomUUID() + ".";

    private TopicAdmin admin(int journalPods) {
        return new TopicAdmin(new KafkaConnection(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                prefix,
                OptionalInt.of(1),
                journalPods,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20)));
    }

    @Test
    void every_topic_of_the_contract_is_created_with_its_settings() {
        admin(1).ensureAll();
        for (Topic topic : Topic.values()) {
            var found = admin(1).describe(topic);
            assertThat(found.partitions()).as("%s", topic).isEqualTo(topic == Topic.CHANGES ? 4 : 1);
            assertThat(found.compacted()).as("%s", topic).isEqualTo(topic.compacted());
            assertThat(found.retention()).as("%s", topic).isEqualTo(topic.retention());
            assertThat(broker.readAll(topic.deadLetterName(prefix))).isEmpty();
        }
    }

    @Test
    void a_second_start_changes_nothing_and_more_journal_pods_add_partitions() {
        admin(1).ensure(Topic.CHANGES);
        admin(3).ensure(Topic.CHANGES);
        admin(1).ensure(Topic.CHANGES);
        assertThat(admin(1).describe(Topic.CHANGES).partitions()).isEqualTo(12);
    }

    @Test
    void several_services_may_create_the_topics_at_once() throws Exception {
        try (var services = Executors.newFixedThreadPool(4)) {
            var starts = services.invokeAll(Collections.nCopies(4, () -> {
                admin(2).ensureAll();
                return null;
            }));
            for (var start : starts) {
                start.get();
            }
        }
        assertThat(admin(2).describe(Topic.CHANGES).partitions()).isEqualTo(8);
    }

    @Test
    void a_topic_that_compacts_where_records_must_stay_is_refused() {
        broker.createTopic(Topic.AGENT_EVENTS.name(prefix), 1, Map.of("cleanup.policy", "compact"));
        assertThatThrownBy(() -> admin(1).ensure(Topic.AGENT_EVENTS))
                .isInstanceOfSatisfying(HoldfastException.class, error -> {
                    assertThat(error.code()).isEqualTo(KafkaError.KAFKA_TOPIC_UNFIT);
                    assertThat(error).hasMessageContaining("needs delete");
                });
    }

    @Test
    void a_short_retention_can_be_read_by_who_has_to_refuse_it() {
        broker.createTopic(Topic.CHANGES.name(prefix), 4, Map.of("retention.ms", "60000"));
        admin(1).ensure(Topic.CHANGES);
        assertThat(admin(1).describe(Topic.CHANGES).retention()).isEqualTo(Optional.of(Duration.ofMinutes(1)));
    }

    @Test
    void kafka_that_is_not_there_is_reported_within_the_limit_with_its_address() {
        var nowhere = new TopicAdmin(new KafkaConnection(
                Map.of("bootstrap.servers", "127.0.0.1:1"),
                prefix,
                OptionalInt.empty(),
                1,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2)));
        long before = System.nanoTime();
        assertThatThrownBy(nowhere::ensureAll).isInstanceOfSatisfying(HoldfastException.class, error -> {
            assertThat(error.code()).isEqualTo(CommonError.DEPENDENCY_UNAVAILABLE);
            assertThat(error).hasMessageContaining("127.0.0.1:1");
        });
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void a_name_that_cannot_be_resolved_is_an_outage_and_no_defect() {
        var nowhere = new TopicAdmin(KafkaConnection.of("no-such-host.invalid:9092", prefix));
        assertThatThrownBy(nowhere::ensureAll)
                .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                        .isEqualTo(CommonError.DEPENDENCY_UNAVAILABLE));
    }
}
