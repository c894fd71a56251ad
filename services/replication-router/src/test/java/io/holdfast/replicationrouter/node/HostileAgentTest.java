package io.holdfast.replicationrouter.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.replicationrouter.support.NodeHarness;
import io.holdfast.replicationrouter.support.NodeHarness.Running;
import io.holdfast.replicationrouter.support.ScriptedAgent;
import io.holdfast.replicationrouter.support.TestBatches;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.security.TestAuthority;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Agents that are broken, misconfigured or not ours. Each gets a stable code; nothing of theirs reaches Kafka. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileAgentTest {
    private final NodeHarness harness = new NodeHarness(KafkaFixture.shared());
    /** Tests share the group, in any order; epochs only grow. */
    private final AtomicLong epochs = new AtomicLong(1);

    private Running router;

    @BeforeAll
    void aRouter() {
        KafkaFixture.shared().start();
        harness.createTopics();
        harness.publish(harness.policy(1));
        router = harness.start();
    }

    @AfterAll
    void stop() {
        harness.close();
    }

    Stream<Arguments> malformedBatches() {
        ChangeBatch good = TestBatches.of(harness.stream, 1, 1, 4);
        return Stream.of(
                Arguments.of("nothing at all", ChangeBatch.getDefaultInstance(), "MALFORMED_BATCH"),
                Arguments.of("no epoch", good.toBuilder().setEpoch(0).build(), "MALFORMED_BATCH"),
                Arguments.of("seq over 2^63", good.toBuilder().setFirstSeq(-1).build(), "MALFORMED_BATCH"),
                Arguments.of(
                        "group is no id", good.toBuilder().setPgId("../../etc").build(), "MALFORMED_BATCH"),
                Arguments.of(
                        "too many records",
                        good.toBuilder().setRecordCount(65_537).build(),
                        "BATCH_TOO_LARGE"),
                Arguments.of(
                        "body of 2 GiB",
                        good.toBuilder().setBodyLength(Integer.MAX_VALUE).build(),
                        "BATCH_TOO_LARGE"),
                Arguments.of("a flipped bit", flipped(good), "BATCH_CHECKSUM_MISMATCH"),
                Arguments.of(
                        "a batch of another agent",
                        TestBatches.of(new StreamId(AgentId.random(), harness.pg), 1, 1, 4),
                        "IDENTITY_MISMATCH"),
                Arguments.of(
                        "a batch of a group that is not its own",
                        TestBatches.of(new StreamId(harness.agent, PgId.random()), 1, 1, 4),
                        "PG_NOT_ASSIGNED"));
    }

    @ParameterizedTest(name = "{0} → {2}")
    @MethodSource("malformedBatches")
    void a_bad_batch_ends_the_session_with_its_code(String what, ChangeBatch batch, String code) {
        long before = harness.kafka.endOffset(NodeHarness.PREFIX + "changes", 1);
        double rejects = router.count("holdfast_router_rejects", "code", code);
        ScriptedAgent agent = harness.session(router, "i-" + what, 1, 1);

        agent.send(batch);

        assertThat(agent.awaitEnd()).isEqualTo(code);
        assertThat(router.count("holdfast_router_rejects", "code", code)).isEqualTo(rejects + 1);
        assertThat(harness.kafka.endOffset(NodeHarness.PREFIX + "changes", 1)).isEqualTo(before);
        Eventually.await("the rejection is an event", ScriptedAgent.PATIENCE, () -> harness.agentEvents().stream()
                .anyMatch(event -> event.hasSessionRejected()
                        && event.getSessionRejected().getCode().equals(code)));
        agent.close();
    }

    @Test
    void helloOfAnotherAgentThanTheCertificateIsRefused() {
        ScriptedAgent agent = harness.connect(router);
        agent.send(ScriptedAgent.hello(NodeHarness.SITE, AgentId.random(), "i1"));
        assertThat(agent.awaitEnd()).isEqualTo("IDENTITY_MISMATCH");
    }

    @Test
    void helloOfAnotherSiteThanTheCertificateIsRefused() {
        ScriptedAgent agent = harness.connect(router);
        agent.send(ScriptedAgent.hello(SiteId.random(), harness.agent, "i1"));
        assertThat(agent.awaitEnd()).isEqualTo("IDENTITY_MISMATCH");
    }

    @Test
    void anotherProtocolVersionIsRefusedBeforeAnythingElseIsRead() {
        ScriptedAgent agent = harness.connect(router);
        agent.send(ScriptedAgent.hello(NodeHarness.SITE, harness.agent, "i1")
                .setProtocolVersion(2)
                .setHostId("not an id in version 2"));
        assertThat(agent.awaitEnd()).isEqualTo("PROTOCOL_VERSION_UNSUPPORTED");
    }

    @Test
    void aFrameBeforeHelloIsRefused() {
        ScriptedAgent agent = harness.connect(router);
        agent.send(TestBatches.of(harness.stream, 1, 1, 4));
        assertThat(agent.awaitEnd()).isEqualTo("PROTOCOL_VIOLATION");
    }

    @Test
    void aConnectionThatNeverSaysHelloIsClosed() {
        assertThat(harness.connect(router).awaitEnd()).isEqualTo("PROTOCOL_VIOLATION");
    }

    @Test
    void anEmptyFrameIsRefused() {
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(AgentFrame.getDefaultInstance());
        assertThat(agent.awaitEnd()).isEqualTo("PROTOCOL_VIOLATION");
        agent.close();
    }

    @Test
    void anInventoryReportThatKafkaCouldNotHoldIsRefused() {
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(AgentFrame.newBuilder()
                .setInventory(InventoryReport.newBuilder().setHostName("x".repeat(1 << 20)))
                .build());
        assertThat(agent.awaitEnd()).isEqualTo("PROTOCOL_VIOLATION");
        agent.close();
    }

    @Test
    void aFrameOverTheLimitEndsTheCallAndNothingElse() {
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);

        agent.send(ChangeBatch.newBuilder()
                .setBody(ByteString.copyFrom(new byte[6 << 20]))
                .build());
        agent.awaitEnd();

        // gRPC resets such a call below the level of frames, so there is no Reject; which of the two arrives is a race.
        assertThat(Status.fromThrowable(agent.failure()).getCode())
                .isIn(Status.Code.CANCELLED, Status.Code.RESOURCE_EXHAUSTED);
        agent.close();
        harness.session(router, "i1", 1, 1).close();
    }

    @Test
    void aSecondProcessWithTheSameIdentityIsRefusedAndTheFirstGoesOn() {
        long epoch = epochs.incrementAndGet();
        ScriptedAgent first = harness.session(router, "process-1", epoch, 1);

        ScriptedAgent second = harness.connect(router);
        second.send(ScriptedAgent.hello(NodeHarness.SITE, harness.agent, "process-2"));

        assertThat(second.awaitEnd()).isEqualTo("AGENT_ALREADY_CONNECTED");
        first.send(TestBatches.of(harness.stream, epoch, 1, 4));
        first.awaitAck(harness.pg, epoch, 4);
        first.close();
    }

    @Test
    void theSameProcessReplacesItsOwnOlderSession() {
        long epoch = epochs.incrementAndGet();
        ScriptedAgent older = harness.session(router, "process-3", epoch, 1);

        ScriptedAgent newer = harness.session(router, "process-3", epoch, 1);

        older.awaitEnd();
        newer.send(TestBatches.of(harness.stream, epoch, 1, 4));
        newer.awaitAck(harness.pg, epoch, 4);
        Eventually.await("the event says replaced", ScriptedAgent.PATIENCE, () -> harness.agentEvents().stream()
                .anyMatch(event -> event.hasSessionClosed()
                        && event.getSessionClosed().getReason().equals("REPLACED")));
        newer.close();
    }

    @Test
    void aSilentAgentIsDisconnectedAfterThreeIntervals() {
        ScriptedAgent agent = harness.connect(router);
        agent.send(ScriptedAgent.hello(NodeHarness.SITE, harness.agent, "silent"));
        agent.await("Welcome", io.holdfast.proto.v1.RouterFrame::hasWelcome);
        agent.awaitEnd();
        Eventually.await("the event says why", ScriptedAgent.PATIENCE, () -> harness.agentEvents().stream()
                .anyMatch(event -> event.hasSessionClosed()
                        && event.getSessionClosed().getReason().equals("HEARTBEAT_MISSED")));
        agent.close();
    }

    @Test
    void aCertificateThatNamesNoAgentGetsNoSession() {
        for (String[] names : new String[][] {
            {},
            {"DNS:localhost"},
            {"URI:spiffe://holdfast/site/" + NodeHarness.SITE + "/router/" + harness.agent},
            {"URI:spiffe://holdfast/site/1-1-1-1-1/agent/" + harness.agent},
            {
                NodeHarness.agentName(NodeHarness.SITE, harness.agent),
                NodeHarness.agentName(NodeHarness.SITE, AgentId.random())
            }
        }) {
            try (ScriptedAgent agent = new ScriptedAgent(router.port(), NodeHarness.certificate(names))) {
                agent.awaitEnd();
                Status status = Status.fromThrowable(agent.failure());
                assertThat(status.getCode()).as(String.join(",", names)).isEqualTo(Status.Code.UNAUTHENTICATED);
                assertThat(status.getDescription()).startsWith("IDENTITY_MISSING");
            }
        }
    }

    @Test
    void aCertificateOfAnotherCaDoesNotGetThroughTheHandshake(@TempDir Path directory) {
        var stranger = TestAuthority.in(directory).issue(NodeHarness.agentName(NodeHarness.SITE, harness.agent));
        var mixed = new io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer.TlsFiles(
                stranger.certificate(), stranger.key(), NodeHarness.trust());
        try (ScriptedAgent agent = new ScriptedAgent(router.port(), mixed)) {
            agent.awaitEnd();
            assertThat(Status.fromThrowable(agent.failure()).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    private static ChangeBatch flipped(ChangeBatch batch) {
        byte[] body = batch.getBody().toByteArray();
        body[100] ^= 1;
        return batch.toBuilder().setBody(ByteString.copyFrom(body)).build();
    }
}
