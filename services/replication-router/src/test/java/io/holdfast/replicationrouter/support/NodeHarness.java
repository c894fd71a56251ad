package io.holdfast.replicationrouter.support;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.KafkaConnection;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.ProtectedVolume;
import io.holdfast.proto.v1.StreamResume;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import io.holdfast.replicationrouter.adapter.node.NodeOptions;
import io.holdfast.replicationrouter.adapter.node.NodeStage;
import io.holdfast.replicationrouter.adapter.node.RouterNode;
import io.holdfast.replicationrouter.adapter.quarkus.RouterMetrics;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import io.holdfast.replicationrouter.runtime.RouterSettings;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.security.TestAuthority;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Routers over a real broker, with a CA, a group and an agent ready to use. All harnesses of a JVM share one set of topics and stay apart by their group and agent:
 * topics of its own for every test made the broker's start, stop and every creation slower with each test.
 */
public final class NodeHarness implements AutoCloseable {
    private static final TestAuthority AUTHORITY = newAuthority();
    public static final SiteId SITE = new SiteId(new UUID(1, 1));

    public final KafkaFixture kafka;
    public static final String PREFIX = "t" + UUID.randomUUID().toString().substring(0, 8) + ".";
    private static boolean topicsExist;
    public final AgentId agent = AgentId.random();
    public final PgId pg = PgId.random();
    public final StreamId stream = new StreamId(agent, pg);
    public final AgentLinkServer.TlsFiles agentTls = agentCertificate(SITE, agent);
    private static final AgentLinkServer.TlsFiles ROUTER_TLS = certificate("DNS:localhost");
    private final List<AutoCloseable> opened = new ArrayList<>();

    public NodeHarness(KafkaFixture kafka) {
        this.kafka = kafka;
    }

    private static TestAuthority newAuthority() {
        try {
            return TestAuthority.in(Files.createTempDirectory("holdfast-router-ca"));
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    public static AgentLinkServer.TlsFiles agentCertificate(SiteId site, AgentId agent) {
        return certificate(agentName(site, agent));
    }

    /** What a certificate of the agent has as its name, in openssl's notation. */
    public static String agentName(SiteId site, AgentId agent) {
        return "URI:spiffe://holdfast/site/%s/agent/%s".formatted(site, agent);
    }

    /** @param names in openssl's notation */
    public static AgentLinkServer.TlsFiles certificate(String... names) {
        var files = AUTHORITY.issue(String.join(",", names));
        return new AgentLinkServer.TlsFiles(files.certificate(), files.key(), files.trust());
    }

    public static Path trust() {
        return AUTHORITY.trust();
    }

    public Options options() {
        return new Options(
                "router-a:9443", Duration.ofSeconds(1), 32L << 20, Duration.ofSeconds(20), Duration.ofSeconds(5));
    }

    /** What tests vary. */
    public record Options(
            String address, Duration heartbeat, long inFlightBytes, Duration delivery, Duration cutTimeout) {
        public Options at(String other) {
            return new Options(other, heartbeat, inFlightBytes, delivery, cutTimeout);
        }

        public Options inFlight(long bytes) {
            return new Options(address, heartbeat, bytes, delivery, cutTimeout);
        }

        public Options delivery(Duration limit) {
            return new Options(address, heartbeat, inFlightBytes, limit, cutTimeout);
        }

        public Options heartbeat(Duration interval) {
            return new Options(address, interval, inFlightBytes, delivery, cutTimeout);
        }
    }

    public record Running(RouterNode node, SimpleMeterRegistry meters, HoldfastKafka topics) {
        public int port() {
            return node.port().orElseThrow();
        }

        public double count(String meter, String... tags) {
            var counter = meters.find(meter).tags(tags).counter();
            return counter == null ? 0 : counter.count();
        }

        public void close() {
            node.close();
            topics.close();
        }
    }

    public Running start() {
        return start(options());
    }

    public Running start(Options options) {
        Running running = begin(options);
        Eventually.await(
                "router %s serves".formatted(options.address()),
                Duration.ofSeconds(40),
                () -> running.node().stage() == NodeStage.SERVING,
                () -> running.node().stage() + " " + running.node().detail());
        return running;
    }

    /** Starts a router and does not wait for it. */
    public Running begin(Options options) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        HoldfastKafka topics = new HoldfastKafka(KafkaConnection.of(kafka.bootstrapServers(), PREFIX), registry);
        RouterNode node = new RouterNode(
                new NodeOptions(
                        new RouterSettings(
                                options.address(),
                                options.heartbeat(),
                                Duration.ofSeconds(3),
                                new CutLimits(options.cutTimeout(), Duration.ofMillis(500), Duration.ofSeconds(10)),
                                Duration.ofMillis(500),
                                8,
                                options.inFlightBytes(),
                                RateLimit.UNLIMITED),
                        options.address(),
                        0,
                        ROUTER_TLS,
                        1 << 20,
                        Map.of("bootstrap.servers", kafka.bootstrapServers(), "reconnect.backoff.max.ms", 200),
                        options.delivery(),
                        Duration.ofSeconds(6)),
                topics,
                new RouterMetrics(registry));
        Running running = new Running(node, registry, topics);
        opened.add(running::close);
        return running;
    }

    public ScriptedAgent connect(Running router) {
        ScriptedAgent connected = new ScriptedAgent(router.port(), agentTls);
        opened.add(connected);
        return connected;
    }

    /** An agent with a live session that goes on at this place of the group's stream. */
    public ScriptedAgent session(Running router, String instance, long epoch, long next) {
        ScriptedAgent connected = connect(router);
        connected.send(ScriptedAgent.hello(
                SITE,
                agent,
                instance,
                StreamResume.newBuilder()
                        .setPgId(pg.toString())
                        .setEpoch(epoch)
                        .setNextSeq(next)
                        .build()));
        connected.await("Welcome", io.holdfast.proto.v1.RouterFrame::hasWelcome);
        return connected.beating(Duration.ofMillis(100));
    }

    public Policy.Builder policy(long revision) {
        return Policy.newBuilder()
                .setPgId(pg.toString())
                .setRevision(revision)
                .setName("group")
                .setState(PolicyState.REPLICATE)
                .setPartition(1)
                .setCheckpointIntervalMs(1000)
                .setHistoryWindowMs(3_600_000)
                .addMembers(Member.newBuilder()
                        .setVmId(VmId.random().toString())
                        .setAgentId(agent.toString())
                        .addVolumes(ProtectedVolume.newBuilder()
                                .setVolumeId(TestBatches.VOLUME.toString())
                                .setSizeBytes(1 << 20)));
    }

    public void createTopics() {
        synchronized (NodeHarness.class) {
            if (topicsExist) {
                return;
            }
            try (HoldfastKafka topics = new HoldfastKafka(
                    KafkaConnection.of(kafka.bootstrapServers(), PREFIX), new SimpleMeterRegistry())) {
                topics.topics().ensureAll();
            }
            topicsExist = true;
        }
    }

    public void publish(Policy.Builder policy) {
        write(Topic.POLICIES, policy.getPgId(), policy.build().toByteArray());
    }

    public void write(Topic topic, String key, byte[] value) {
        kafka.write(topic.name(PREFIX), 0, key, value);
    }

    /** Everything of the harness's group in topic changes, in order of its partition. */
    public List<ChangesRecord> changes() {
        return kafka.readAll(Topic.CHANGES.name(PREFIX)).stream()
                .filter(record -> keyOf(record).equals(pg.toString()))
                .map(record -> {
                    try {
                        return ChangesRecord.parseFrom(record.value());
                    } catch (InvalidProtocolBufferException malformed) {
                        throw new AssertionError(malformed);
                    }
                })
                .toList();
    }

    private static String keyOf(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.key(), StandardCharsets.UTF_8);
    }

    /** Every event of the harness's agent. */
    public List<AgentEvent> agentEvents() {
        return kafka.readAll(Topic.AGENT_EVENTS.name(PREFIX)).stream()
                .filter(record -> keyOf(record).equals(agent.toString()))
                .map(record -> {
                    try {
                        return AgentEvent.parseFrom(record.value());
                    } catch (InvalidProtocolBufferException malformed) {
                        throw new AssertionError(malformed);
                    }
                })
                .toList();
    }

    /** What routers say of the harness's stream, oldest first. */
    public List<StreamStatus> statuses() {
        String key = agent + "/" + pg;
        return kafka.readAll(Topic.REPLICATION_STATUS.name(PREFIX)).stream()
                .filter(record -> keyOf(record).equals(key) && record.value() != null)
                .map(record -> {
                    try {
                        return StreamStatus.parseFrom(record.value());
                    } catch (InvalidProtocolBufferException malformed) {
                        throw new AssertionError(malformed);
                    }
                })
                .toList();
    }

    @Override
    public void close() {
        for (AutoCloseable one : opened.reversed()) {
            try {
                one.close();
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        }
    }
}
