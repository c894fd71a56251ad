package io.holdfast.replicationrouter.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.replicationrouter.adapter.kafka.ChangesWriter;
import io.holdfast.replicationrouter.runtime.ChangesLog;
import io.holdfast.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract of ChangesLog, against Kafka's own mock producer: after a failure nothing later is ever written. */
class ChangesWriterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<MockProducer<byte[], byte[]>> producers = new CopyOnWriteArrayList<>();
    private final Queue<Runnable> loop = new ConcurrentLinkedQueue<>();
    private final List<String> outcomes = new ArrayList<>();
    private final ChangesWriter writer = new ChangesWriter("changes", this::producer, loop::add);

    private MockProducer<byte[], byte[]> producer() {
        var producer = new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        producers.add(producer);
        return producer;
    }

    @AfterEach
    void stop() {
        writer.close();
    }

    @Test
    void recordsAreWrittenInOrderToTheGivenPartitionAndConfirmed() {
        append("a", "b", "c");
        awaitSent(0, 3);
        complete(0, 3);
        assertThat(outcomes).containsExactly("a written", "b written", "c written");
        assertThat(producers.getFirst().history())
                .allSatisfy(record -> assertThat(record.partition()).isEqualTo(3));
    }

    @Test
    void afterTheFirstFailureEverythingOutstandingFailsAndTheProducerIsClosed() {
        append("a", "b", "c");
        awaitSent(0, 3);
        producers.getFirst().completeNext();
        producers.getFirst().errorNext(new TimeoutException("no"));
        runLoop();
        assertThat(outcomes).containsExactly("a written", "b failed", "c failed");
        assertThat(producers.getFirst().closed()).isTrue();
    }

    @Test
    void aConfirmationThatComesBehindAFailureIsNotBelieved() {
        append("a", "b");
        awaitSent(0, 2);
        producers.getFirst().errorNext(new TimeoutException("no"));
        producers.getFirst().completeNext();
        runLoop();
        assertThat(outcomes).containsExactly("a failed", "b failed");
    }

    @Test
    void whatIsAppendedBeforeTheCallerKnowsOfTheFailureIsNeverWritten() {
        append("a");
        awaitSent(0, 1);
        producers.getFirst().errorNext(new TimeoutException("no"));
        append("b");
        runLoop();
        append("c");
        awaitSent(1, 1);
        complete(1, 1);
        assertThat(outcomes).containsExactly("a failed", "b failed", "c written");
        assertThat(producers.get(1).history()).hasSize(1);
    }

    @Test
    void aRecordThatTheProducerRefusesAtOnceFailsTheSameWay() {
        append("a");
        awaitSent(0, 1);
        producers.getFirst().sendException = new IllegalStateException("closed under us");
        append("b");
        Eventually.await("the failure is on the loop", PATIENCE, () -> !loop.isEmpty());
        runLoop();
        assertThat(outcomes).containsExactly("a failed", "b failed");
    }

    private void append(String... keys) {
        for (String key : keys) {
            writer.append(3, ChangesRecord.newBuilder().setPgId(key).build(), new ChangesLog.Completion() {
                @Override
                public void written() {
                    outcomes.add(key + " written");
                }

                @Override
                public void failed(String why) {
                    outcomes.add(key + " failed");
                }
            });
        }
    }

    private void awaitSent(int generation, int records) {
        Eventually.await(
                "%d records are sent in generation %d".formatted(records, generation),
                PATIENCE,
                () -> producers.size() > generation
                        && producers.get(generation).history().size() == records);
    }

    private void complete(int generation, int records) {
        for (int i = 0; i < records; i++) {
            producers.get(generation).completeNext();
        }
        runLoop();
    }

    private void runLoop() {
        for (Runnable step = loop.poll(); step != null; step = loop.poll()) {
            step.run();
        }
    }
}
