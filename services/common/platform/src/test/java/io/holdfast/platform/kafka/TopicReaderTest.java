package io.holdfast.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.DeadLetter;
import io.holdfast.proto.v1.Policy;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers and producers against a real broker. */
class TopicReaderTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final KafkaFixture broker = KafkaFixture.shared();
    private final String prefix = "t" + UUID.randomUUID() + ".";
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final HoldfastKafka kafka = new HoldfastKafka(
            new KafkaConnection(
                    Map.of("bootstrap.servers", broker.bootstrapServers()),
                    prefix,
                    OptionalInt.empty(),
                    1,
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(20)),
            registry);
    private final List<String> seen = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        kafka.close();
        broker.start();
    }

    private static Policy policy(int revision) {
        return Policy.newBuilder().setPgId("pg").setRevision(revision).build();
    }

    private void write(int from, int to) {
        kafka.topics().ensure(Topic.POLICIES);
        for (int i = from; i <= to; i++) {
            kafka.producer().sendAndWait(Topic.POLICIES, "pg", policy(i));
        }
    }

    private static ReaderSettings settings(StartPosition start) {
        return ReaderSettings.of("test", Topic.POLICIES, start);
    }

    private TopicReader<Policy> read(ReaderSettings settings, RecordHandler<Policy> handler) {
        return kafka.reader(settings, Policy.parser(), handler).start();
    }

    private void note(Received<Policy> record) {
        seen.add(record.message().map(p -> String.valueOf(p.getRevision())).orElse("gone"));
    }

    private void awaitSeen(String... expected) {
        Eventually.await("records " + List.of(expected), LIMIT, () -> seen.equals(List.of(expected)), seen::toString);
    }

    private List<DeadLetter> deadLetters() {
        return broker.readAll(Topic.POLICIES.deadLetterName(prefix)).stream()
                .map(record -> {
                    try {
                        return DeadLetter.parseFrom(record.value());
                    } catch (IOException impossible) {
                        throw new AssertionError(impossible);
                    }
                })
                .toList();
    }

    @Test
    void a_reader_sees_everything_from_the_beginning_in_order_and_says_when_it_has_caught_up() throws Exception {
        write(1, 3);
        kafka.producer().sendTombstone(Topic.POLICIES, "pg").join();
        var reader = read(settings(StartPosition.beginning()), this::note);
        reader.caughtUp().get(30, TimeUnit.SECONDS);
        assertThat(seen).containsExactly("1", "2", "3", "gone");
        assertThat(reader.lag(0)).isEqualTo(OptionalLong.of(0));
        System.gc();
        assertThat(registry.get("holdfast_reader_lag_records").gauge().value())
                .as("the meter outlives a collection")
                .isZero();
    }

    @Test
    void an_empty_topic_counts_as_caught_up() throws Exception {
        read(settings(StartPosition.beginning()), this::note).caughtUp().get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_reader_begins_at_its_stored_position() {
        write(1, 4);
        read(settings(StartPosition.stored((topic, partition) -> OptionalLong.of(2))), this::note);
        awaitSeen("3", "4");
    }

    @Test
    void a_reader_from_now_on_skips_what_was_before() throws Exception {
        write(1, 2);
        read(settings(StartPosition.end()), this::note).caughtUp().get(30, TimeUnit.SECONDS);
        write(3, 3);
        awaitSeen("3");
    }

    @Test
    void a_stored_position_that_the_topic_does_not_have_is_told_to_the_handler() {
        write(1, 2);
        var lost = new CopyOnWriteArrayList<String>();
        read(settings(StartPosition.stored((topic, partition) -> OptionalLong.of(500))), new RecordHandler<>() {
            @Override
            public void handle(Received<Policy> record) {
                note(record);
            }

            @Override
            public void positionLost(Topic topic, int partition, long wanted, long earliest) {
                lost.add(wanted + "->" + earliest);
            }
        });
        awaitSeen("1", "2");
        assertThat(lost).containsExactly("500->0");
    }

    @Test
    void bytes_that_are_no_message_go_to_the_dead_letters_with_their_cause_and_the_reader_goes_on() {
        write(1, 1);
        broker.write(Topic.POLICIES.name(prefix), 0, "pg", new byte[] {(byte) 0xff, 1, 2});
        write(2, 2);
        read(settings(StartPosition.beginning()), this::note);
        awaitSeen("1", "2");
        assertThat(deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getTopic()).isEqualTo(Topic.POLICIES.name(prefix));
            assertThat(letter.getOffset()).isEqualTo(1);
            assertThat(letter.getReader()).isEqualTo("test");
            assertThat(letter.getCode()).isEqualTo("MALFORMED_DATA");
            assertThat(letter.getValue().size()).isEqualTo(3);
            assertThat(letter.getMessage()).isNotEmpty();
        });
        assertThat(registry.get("holdfast_dead_letters").counter().count()).isEqualTo(1);
    }

    @Test
    void a_refusal_is_not_retried_and_a_defect_is_retried_five_times() {
        write(1, 3);
        read(settings(StartPosition.beginning()), record -> {
            note(record);
            switch ((int) record.message().orElseThrow().getRevision()) {
                case 1 -> throw new HoldfastException(CommonError.NOT_FOUND, "no such group");
                case 2 -> throw new IllegalStateException("defect");
                default -> {}
            }
        });
        awaitSeen("1", "2", "2", "2", "2", "2", "3");
        assertThat(deadLetters()).extracting(DeadLetter::getCode).containsExactly("NOT_FOUND", "INTERNAL");
    }

    @Test
    void an_outage_of_what_the_handler_needs_is_waited_out_and_nothing_is_skipped() {
        write(1, 2);
        var down = new AtomicBoolean(true);
        var reader = read(settings(StartPosition.beginning()), record -> {
            if (down.get()) {
                throw new IOException("database is down");
            }
            note(record);
        });
        Eventually.await(
                "the reader shows that it waits",
                LIMIT,
                () -> reader.state() instanceof ReaderState.Waiting waiting && waiting.attempts() > 6,
                () -> reader.state().toString());
        assertThat(reader.state().toString()).contains("database is down");
        assertThat(registry.get("holdfast_reader_waiting").gauge().value()).isEqualTo(1);
        down.set(false);
        awaitSeen("1", "2");
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void a_reader_that_starts_before_kafka_reads_as_soon_as_kafka_is_there() {
        write(1, 1);
        broker.stop();
        var reader = read(settings(StartPosition.beginning()), this::note);
        Eventually.await(
                "the reader waits for Kafka",
                Duration.ofSeconds(60),
                () -> reader.state() instanceof ReaderState.Waiting,
                () -> reader.state().toString());
        broker.start();
        awaitSeen("1");
    }

    @Test
    void a_reader_survives_a_restart_of_kafka_without_losing_or_repeating() {
        write(1, 2);
        read(settings(StartPosition.beginning()), this::note);
        awaitSeen("1", "2");
        broker.stop();
        broker.start();
        write(3, 4);
        awaitSeen("1", "2", "3", "4");
    }

    @Test
    void a_closed_reader_stops_even_while_it_waits() {
        write(1, 1);
        var reader = read(settings(StartPosition.beginning()), record -> {
            throw new IOException("down");
        });
        Eventually.await("waiting", LIMIT, () -> reader.state() instanceof ReaderState.Waiting);
        reader.close();
        Eventually.await("stopped", LIMIT, () -> reader.state() instanceof ReaderState.Stopped);
        assertThat(registry.find("holdfast_reader_waiting").gauge()).isNull();
    }

    @Test
    void an_error_of_the_virtual_machine_ends_the_reader_visibly() {
        write(1, 1);
        var reader = read(settings(StartPosition.beginning()), record -> {
            throw new StackOverflowError("test");
        });
        Eventually.await("failed", LIMIT, () -> reader.state() instanceof ReaderState.Failed);
    }

    @Test
    void a_failure_after_a_poll_is_waited_out_too() {
        write(1, 1);
        var failures = new java.util.concurrent.atomic.AtomicInteger();
        read(settings(StartPosition.beginning()), new RecordHandler<>() {
            @Override
            public void handle(Received<Policy> record) {
                note(record);
            }

            @Override
            public void afterPoll() throws IOException {
                if (failures.incrementAndGet() < 4) {
                    throw new IOException("disk full");
                }
            }
        });
        Eventually.await("afterPoll is called until it works", LIMIT, () -> failures.get() >= 4);
        awaitSeen("1");
    }
}
