package io.holdfast.platform.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.KafkaError;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.Policy;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Outbox, positions and idempotency keys against a real database and a real broker. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
class DatabaseTest {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    @Inject
    HoldfastKafka kafka;

    @Inject
    Outbox outbox;

    @Inject
    ConsumedPositions positions;

    @Inject
    IdempotencyKeys keys;

    @Inject
    DataSource database;

    private final String key = UUID.randomUUID().toString();

    @BeforeEach
    void kafkaRuns() {
        KafkaFixture.shared().start();
    }

    private static Policy policy(long revision) {
        return Policy.newBuilder().setRevision(revision).build();
    }

    private void add(long revision) {
        QuarkusTransaction.requiringNew().run(() -> outbox.add(Topic.POLICIES, key, policy(revision)));
    }

    private List<Long> sent(String ofKey) {
        var revisions = new ArrayList<Long>();
        for (var record : KafkaFixture.shared().readAll(kafka.nameOf(Topic.POLICIES))) {
            if (new String(record.key(), StandardCharsets.UTF_8).equals(ofKey)) {
                try {
                    revisions.add(
                            record.value() == null
                                    ? -1
                                    : Policy.parseFrom(record.value()).getRevision());
                } catch (Exception malformed) {
                    throw new AssertionError(malformed);
                }
            }
        }
        return revisions;
    }

    private long count(String query) {
        return Sql.run(database, connection -> {
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery(query)) {
                rows.next();
                return rows.getLong(1);
            }
        });
    }

    private void effect(String text) {
        Sql.run(database, connection -> {
            try (var statement = connection.prepareStatement("insert into effect (text) values (?)")) {
                statement.setString(1, text);
                return statement.executeUpdate();
            }
        });
    }

    private void awaitEmptyOutbox() {
        Eventually.await("the outbox is empty", LIMIT, () -> count("select count(*) from outbox") == 0);
    }

    @Test
    void what_commits_is_sent_and_what_rolls_back_is_not() {
        add(1);
        assertThatThrownBy(() -> QuarkusTransaction.requiringNew().run(() -> {
                    outbox.add(Topic.POLICIES, key, policy(2));
                    throw new IllegalStateException("rolls back");
                }))
                .isInstanceOf(IllegalStateException.class);
        QuarkusTransaction.requiringNew().run(() -> outbox.addTombstone(Topic.POLICIES, key));
        awaitEmptyOutbox();
        assertThat(sent(key)).containsExactly(1L, -1L);
    }

    @Test
    void the_outbox_is_part_of_a_transaction_or_refuses() {
        assertThatThrownBy(() -> outbox.add(Topic.POLICIES, key, policy(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("transaction");
    }

    @Test
    void a_message_that_no_topic_takes_is_refused_before_it_could_block_the_others() {
        var large = Policy.newBuilder().setName("x".repeat(2 << 20)).build();
        assertThatThrownBy(() -> QuarkusTransaction.requiringNew().run(() -> outbox.add(Topic.POLICIES, key, large)))
                .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                        .isEqualTo(KafkaError.KAFKA_MESSAGE_TOO_LARGE));
    }

    @Test
    void messages_wait_for_kafka_and_keep_their_order() {
        KafkaFixture.shared().stop();
        for (int i = 1; i <= 50; i++) {
            add(i);
        }
        assertThat(count("select count(*) from outbox")).isEqualTo(50);
        KafkaFixture.shared().start();
        awaitEmptyOutbox();
        // At least once: a repetition may follow, but the first occurrences are in order and the last is the newest.
        assertThat(sent(key).stream().distinct()).isSorted().hasSize(50);
        assertThat(sent(key).getLast()).isEqualTo(50);
    }

    @Test
    void transactions_of_one_key_are_sent_in_the_order_of_their_commits() throws Exception {
        long seed = System.nanoTime();
        System.out.println("DatabaseTest seed " + seed);
        var counter = new AtomicInteger();
        try (var writers = Executors.newFixedThreadPool(6)) {
            var tasks = new ArrayList<java.util.concurrent.Callable<Void>>();
            for (int i = 0; i < 120; i++) {
                int pause = new Random(seed + i).nextInt(3);
                tasks.add(() -> {
                    QuarkusTransaction.requiringNew().run(() -> {
                        // The number is drawn before the key is locked: without the lock, commits would overtake.
                        outbox.add(Topic.POLICIES, key, policy(0));
                        Sql.run(database, connection -> {
                            try (var statement = connection.createStatement()) {
                                statement.execute("select pg_sleep(0.00%d)".formatted(pause));
                                return null;
                            }
                        });
                        outbox.add(Topic.POLICIES, key, policy(counter.incrementAndGet()));
                    });
                    return null;
                });
            }
            for (var done : writers.invokeAll(tasks)) {
                done.get();
            }
        }
        awaitEmptyOutbox();
        var revisions = sent(key).stream().filter(revision -> revision > 0).toList();
        assertThat(revisions).hasSize(120).isSorted();
    }

    private Received<Policy> record(String reader, long offset) {
        return new Received<>(
                reader, Topic.POLICIES, 0, offset, java.time.Instant.now(), "k", java.util.Optional.of(policy(offset)));
    }

    @Test
    void a_record_takes_effect_once_and_a_failed_effect_leaves_no_position() throws Exception {
        String reader = "reader " + key;
        var handler = positions.<Policy>handler(reader, record -> {
            effect(reader + " " + record.offset());
            if (record.offset() == 2) {
                throw new IllegalStateException("defect");
            }
        });
        handler.handle(record(reader, 1));
        handler.handle(record(reader, 1));
        handler.handle(record(reader, 0));
        assertThatThrownBy(() -> handler.handle(record(reader, 2))).hasMessageContaining("defect");
        assertThat(count("select count(*) from effect where text like '" + reader + "%'"))
                .isEqualTo(1);
        handler.deadLettered(record(reader, 2));
        assertThat(count("select next_offset from consumed_position where reader = '" + reader + "'"))
                .isEqualTo(3);
    }

    @Test
    void two_pods_that_read_the_same_record_have_one_effect() throws Exception {
        String reader = "pods " + key;
        var handler = positions.<Policy>handler(reader, record -> effect(reader));
        try (var pods = Executors.newFixedThreadPool(4)) {
            for (int offset = 0; offset < 20; offset++) {
                long at = offset;
                for (var done : pods.invokeAll(Collections.nCopies(4, () -> {
                    handler.handle(record(reader, at));
                    return null;
                }))) {
                    done.get();
                }
            }
        }
        assertThat(count("select count(*) from effect where text = '" + reader + "'"))
                .isEqualTo(20);
    }

    @Test
    void a_reader_goes_on_where_it_was_and_reads_all_of_a_topic_that_was_replaced() {
        String reader = "restart " + key;
        kafka.topics().ensure(Topic.POLICIES);
        add(1);
        awaitEmptyOutbox();
        var seen = new CopyOnWriteArrayList<Long>();
        var handler = positions.<Policy>handler(reader, record -> {
            if (record.key().equals(key)) {
                seen.add(record.message().orElseThrow().getRevision());
            }
        });
        var settings = ReaderSettings.of(reader, Topic.POLICIES, positions.start(reader));
        readUntil(settings, handler, seen, 1L);
        add(2);
        awaitEmptyOutbox();
        readUntil(settings, handler, seen, 1L, 2L);
        Sql.run(database, connection -> {
            try (var statement = connection.createStatement()) {
                return statement.executeUpdate(
                        "update consumed_position set next_offset = 1000000 where reader = '" + reader + "'");
            }
        });
        readUntil(settings, handler, seen, 1L, 2L, 1L, 2L);
    }

    private void readUntil(ReaderSettings settings, RecordHandler<Policy> handler, List<Long> seen, Long... expected) {
        var reader = kafka.reader(settings, Policy.parser(), handler).start();
        try {
            Eventually.await("all is read", LIMIT, () -> seen.equals(List.of(expected)), seen::toString);
        } finally {
            reader.close();
        }
    }

    private int run(String withKey, Object request, AtomicInteger runs) {
        var reply = keys.once(withKey, "alice", "POST /things", request, () -> {
            int run = runs.incrementAndGet();
            effect("idempotent " + key);
            return new Reply(202, "/things/" + run, List.of("run " + run));
        });
        assertThat(reply.getHeaderString("Location")).isEqualTo("/things/1");
        assertThat(reply.getEntity()).isEqualTo("[\"run 1\"]");
        return reply.getStatus();
    }

    @Test
    void the_same_key_with_the_same_request_runs_once_also_at_the_same_time() throws Exception {
        var runs = new AtomicInteger();
        try (var callers = Executors.newFixedThreadPool(8)) {
            for (var done : callers.invokeAll(Collections.nCopies(16, () -> run(key, List.of("a", 1), runs)))) {
                assertThat(done.get()).isEqualTo(202);
            }
        }
        assertThat(runs).hasValue(1);
        assertThat(count("select count(*) from effect where text = 'idempotent " + key + "'"))
                .isEqualTo(1);
    }

    @Test
    void the_same_key_with_another_request_is_a_conflict() {
        run(key, List.of("a"), new AtomicInteger());
        assertThatThrownBy(() -> run(key, List.of("b"), new AtomicInteger()))
                .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                        .isEqualTo(CommonError.IDEMPOTENCY_KEY_REUSED));
    }

    @Test
    void keys_of_another_caller_or_another_operation_are_other_keys() {
        var runs = new AtomicInteger();
        java.util.function.Supplier<Reply> command = () -> new Reply(202, null, runs.incrementAndGet());
        keys.once(key, "alice", "POST /a", null, command);
        keys.once(key, "bob", "POST /a", null, command);
        keys.once(key, "alice", "POST /b", null, command);
        keys.once(null, "alice", "POST /a", null, command);
        assertThat(runs).hasValue(4);
    }

    @Test
    void a_command_that_fails_can_be_tried_again_with_its_key() {
        assertThatThrownBy(() -> keys.once(key, "alice", "POST /things", null, () -> {
                    effect("failed " + key);
                    throw new HoldfastException(CommonError.NOT_FOUND, "not yet");
                }))
                .isInstanceOf(HoldfastException.class);
        assertThat(count("select count(*) from effect where text = 'failed " + key + "'"))
                .isZero();
        var reply = keys.once(key, "alice", "POST /things", null, () -> new Reply(204, null, null));
        assertThat(reply.getStatus()).isEqualTo(204);
    }

    @Test
    void a_key_that_is_no_key_is_refused() {
        for (String bad : List.of("", " ", "a b", "x".repeat(129), "ü", "a\n")) {
            assertThatThrownBy(() -> keys.once(bad, "alice", "POST /a", null, () -> new Reply(204, null, null)))
                    .as("key '%s'", bad)
                    .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                            .isEqualTo(CommonError.INVALID_REQUEST));
        }
    }

    @Test
    void old_keys_are_forgotten_and_young_ones_stay() {
        run(key, null, new AtomicInteger());
        Sql.run(database, connection -> {
            try (var statement = connection.createStatement()) {
                return statement.executeUpdate(
                        "insert into idempotency_key (caller, operation, key, request_hash, created_at)"
                                + " values ('old', 'x', 'x', '', now() - interval '25 hours')");
            }
        });
        keys.forgetOld();
        assertThat(count("select count(*) from idempotency_key where caller = 'old'"))
                .isZero();
        assertThat(count("select count(*) from idempotency_key where key = '" + key + "'"))
                .isEqualTo(1);
    }
}
