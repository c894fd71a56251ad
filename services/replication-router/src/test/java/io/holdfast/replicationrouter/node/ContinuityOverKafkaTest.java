package io.holdfast.replicationrouter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationrouter.support.NodeHarness;
import io.holdfast.replicationrouter.support.NodeHarness.Running;
import io.holdfast.replicationrouter.support.ScriptedAgent;
import io.holdfast.replicationrouter.support.TestBatches;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What stands in Kafka after reconnects, outages and restarts: duplicates at worst, never a hole (invariants 2 and 4). */
class ContinuityOverKafkaTest {
    private final KafkaFixture kafka = KafkaFixture.shared();
    private final NodeHarness harness = new NodeHarness(kafka);

    @BeforeEach
    void aGroup() {
        kafka.start();
        harness.createTopics();
        harness.publish(harness.policy(1));
    }

    @AfterEach
    void stop() {
        kafka.start();
        harness.close();
    }

    @Test
    void aResendAfterAReconnectGivesDuplicatesAndNoHole() {
        Running router = harness.start();
        ScriptedAgent first = harness.session(router, "i1", 1, 1);
        first.send(TestBatches.of(harness.stream, 1, 1, 10));
        first.awaitAck(harness.pg, 1, 10);
        first.close();

        ScriptedAgent second = harness.session(router, "i1", 1, 5);
        second.send(TestBatches.of(harness.stream, 1, 5, 10));
        second.awaitAck(harness.pg, 1, 14);

        assertThat(appliedLikeAJournal(harness.changes())).isEqualTo(14);
        assertThat(harness.changes()).hasSize(2);
    }

    @Test
    void aGapIsNotWrittenAndTheAgentIsToldToBeginANewEpoch() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 10));
        // Now: an acknowledgement of the next epoch may take the place of one that was not sent yet.
        agent.awaitAck(harness.pg, 1, 10);
        agent.send(TestBatches.of(harness.stream, 1, 12, 5));
        agent.send(TestBatches.of(harness.stream, 1, 17, 5));

        RouterFrame reset = agent.await("StreamReset", RouterFrame::hasReset);
        agent.send(TestBatches.of(harness.stream, 2, 1, 3));
        agent.awaitAck(harness.pg, 2, 3);

        assertThat(reset.getReset().getReason()).isEqualTo("STREAM_GAP");
        assertThat(reset.getReset().getEpoch()).isEqualTo(1);
        assertThat(agent.acked(harness.pg, 1)).as("nothing behind the gap").isEqualTo(10);
        assertThat(harness.changes()).hasSize(2);
    }

    @Test
    void anAgentThatSkipsWhatKafkaNeverGotIsToldAtHello() {
        Running router = harness.start();
        ScriptedAgent first = harness.session(router, "i1", 1, 1);
        first.send(TestBatches.of(harness.stream, 1, 1, 10));
        first.awaitAck(harness.pg, 1, 10);
        first.close();

        ScriptedAgent second = harness.session(router, "i1", 1, 20);

        assertThat(second.await("StreamReset", RouterFrame::hasReset).getReset().getEpoch())
                .isEqualTo(1);
    }

    @Test
    void whileKafkaIsDownNothingIsAcknowledgedAndEverythingArrivesAfterwardsInOrder() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 10));
        agent.awaitAck(harness.pg, 1, 10);

        kafka.stop();
        for (int i = 1; i <= 5; i++) {
            agent.send(TestBatches.of(harness.stream, 1, 1 + 10L * i, 10));
        }
        Eventually.await(
                "the batches are at the router",
                ScriptedAgent.PATIENCE,
                () -> router.count("holdfast_router_batches") == 6);
        assertThat(agent.acked(harness.pg, 1)).isEqualTo(10);
        kafka.start();
        agent.awaitAck(harness.pg, 1, 60);

        assertThat(appliedLikeAJournal(harness.changes())).isEqualTo(60);
        assertThat(agent.ended()).isFalse();
    }

    @Test
    void whenKafkaStaysAwayTheSessionEndsAndTheResendLeavesNoHole() {
        Running router = harness.start(harness.options().delivery(Duration.ofSeconds(3)));
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 10));
        agent.awaitAck(harness.pg, 1, 10);

        kafka.stop();
        for (int i = 1; i <= 5; i++) {
            agent.send(TestBatches.of(harness.stream, 1, 1 + 10L * i, 10));
        }
        assertThat(agent.awaitEnd()).isEqualTo("KAFKA_UNAVAILABLE");
        kafka.start();
        resendUntilAcknowledged(router);

        assertThat(agent.acked(harness.pg, 1)).isEqualTo(10);
        assertThat(appliedLikeAJournal(harness.changes())).isEqualTo(70);
    }

    /** As an agent does it: a session that ends because Kafka is not quite back is followed by another. */
    private void resendUntilAcknowledged(Running router) {
        for (int attempt = 1; attempt <= 10; attempt++) {
            ScriptedAgent again = harness.session(router, "i1", 1, 11);
            for (int i = 1; i <= 6 && !again.ended(); i++) {
                again.send(TestBatches.of(harness.stream, 1, 1 + 10L * i, 10));
            }
            Eventually.await(
                    "acknowledged or ended",
                    ScriptedAgent.PATIENCE,
                    () -> again.acked(harness.pg, 1) == 70 || again.ended());
            if (again.acked(harness.pg, 1) == 70) {
                return;
            }
        }
        throw new AssertionError("ten sessions ended without the acknowledgement");
    }

    @Test
    void aFullBudgetStopsTheAgentAndNotTheSession() {
        // Long enough that neither a pause of a busy machine nor Kafka's start looks like the death of somebody.
        Running router = harness.start(harness.options()
                .inFlight(4L << 20)
                .heartbeat(Duration.ofSeconds(2))
                .delivery(Duration.ofMinutes(3)));
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(big(1));
        agent.awaitAck(harness.pg, 1, 1);

        kafka.stop();
        for (int seq = 2; seq <= 30; seq++) {
            agent.send(big(seq));
        }
        var inFlight = router.meters().get("holdfast_router_in_flight_bytes").gauge();
        Eventually.await("the budget is used up", ScriptedAgent.PATIENCE, () -> inFlight.value() >= 4 << 20);
        Eventually.await("the agent feels the back-pressure", ScriptedAgent.PATIENCE, () -> !agent.ready());
        long assignmentsSoFar =
                agent.frames().stream().filter(RouterFrame::hasAssignments).count();
        Eventually.await(
                "the router goes on giving signs of life, and does not take the held agent for dead",
                ScriptedAgent.PATIENCE,
                () -> agent.frames().stream()
                                .filter(RouterFrame::hasAssignments)
                                .count()
                        >= assignmentsSoFar + 4);
        double most = inFlight.value();
        kafka.start();
        agent.awaitAck(harness.pg, 1, 30);

        assertThat(most).isBetween((double) (4 << 20), (double) (6 << 20));
        assertThat(agent.ended()).isFalse();
        assertThat(appliedLikeAJournal(harness.changes())).isEqualTo(30);
    }

    @Test
    void aRouterThatStartsAgainTakesUpWhereTheAgentSays() {
        Running before = harness.start();
        ScriptedAgent agent = harness.session(before, "i1", 3, 1);
        agent.send(TestBatches.of(harness.stream, 3, 1, 10));
        agent.awaitAck(harness.pg, 3, 10);
        before.close();
        assertThat(agent.awaitEnd()).isEqualTo("ROUTER_STOPPING");

        ScriptedAgent again = harness.session(harness.start(), "i1", 3, 11);
        again.send(TestBatches.of(harness.stream, 3, 11, 10));
        again.awaitAck(harness.pg, 3, 20);

        assertThat(appliedLikeAJournal(harness.changes())).isEqualTo(20);
    }

    private ChangeBatch big(long seq) {
        return TestBatches.of(harness.stream, 1, seq, 1, 1 << 20, Optional.empty());
    }

    /** Applies by the journal's rules and returns the last seq; fails on a gap. */
    private static long appliedLikeAJournal(List<ChangesRecord> changes) {
        long epoch = 0;
        long applied = 0;
        for (ChangesRecord record : changes) {
            if (!record.hasBatch()) {
                continue;
            }
            ChangeBatch batch = record.getBatch();
            if (batch.getEpoch() > epoch) {
                assertThat(batch.getFirstSeq())
                        .as("first seq of epoch %d", batch.getEpoch())
                        .isEqualTo(1);
                epoch = batch.getEpoch();
                applied = 0;
            }
            if (batch.getEpoch() == epoch) {
                assertThat(batch.getFirstSeq())
                        .as("batch behind seq %d", applied)
                        .isLessThanOrEqualTo(applied + 1);
                applied = Math.max(applied, batch.getFirstSeq() + batch.getRecordCount() - 1);
            }
        }
        return applied;
    }
}
