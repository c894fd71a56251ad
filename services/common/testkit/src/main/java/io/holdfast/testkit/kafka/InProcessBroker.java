package io.holdfast.testkit.kafka;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One Kafka node in this JVM, broker and KRaft controller at once. Tests use it through {@link KafkaFixture}.
 *
 * <p>Commands of {@link #apply}: {@code bootstrap}, {@code stop}, {@code start}, {@code destroy}. Ports and data stay the
 * same over stop and start, so clients reconnect as they do to a broker that was restarted.
 */
public final class InProcessBroker implements UnaryOperator<String> {
    private static final int NODE_ID = 1;
    private static final String CONTROLLER = "CONTROLLER";
    /** Held: java.util.logging forgets the level of a logger that nobody refers to. */
    private static final List<Logger> QUIET = List.of(
            Logger.getLogger("kafka"), Logger.getLogger("org.apache.kafka"), Logger.getLogger("state.change.logger"));

    private static InProcessBroker shared;

    private final Path directory;
    private final int brokerPort;
    private final int controllerPort;
    private KafkaRaftServer server;

    private InProcessBroker(Path directory) throws IOException {
        this.directory = directory;
        try (var first = freePort();
                var second = freePort()) {
            this.brokerPort = first.getLocalPort();
            this.controllerPort = second.getLocalPort();
        }
    }

    /** The broker that all tests of this JVM share; started by the first call. */
    public static synchronized UnaryOperator<String> shared() {
        if (shared == null) {
            shared = create();
        }
        return shared;
    }

    /** A broker of one's own. */
    public static InProcessBroker create() {
        QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
        try {
            var broker = new InProcessBroker(Files.createTempDirectory("holdfast-test-kafka"));
            broker.format();
            broker.start();
            Runtime.getRuntime().addShutdownHook(new Thread(broker::destroy, "test-kafka-stop"));
            return broker;
        } catch (Exception failure) {
            throw new IllegalStateException("the test broker did not start: " + failure, failure);
        }
    }

    @Override
    public synchronized String apply(String command) {
        switch (command) {
            case "bootstrap" -> {}
            case "stop" -> stop();
            case "start" -> start();
            case "destroy" -> destroy();
            default -> throw new IllegalArgumentException("the test broker knows no command " + command);
        }
        return "127.0.0.1:" + brokerPort;
    }

    private void format() throws Exception {
        try (var silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(silent)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(NODE_ID)
                    .setDirectories(List.of(directory.toString()))
                    .setMetadataLogDirectory(directory.toString())
                    .setControllerListenerName(CONTROLLER)
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .run();
        }
    }

    private synchronized void start() {
        if (server == null) {
            var starting = new KafkaRaftServer(new KafkaConfig(settings(), false), Time.SYSTEM);
            starting.startup();
            server = starting;
        }
    }

    private synchronized void stop() {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
            server = null;
        }
    }

    private synchronized void destroy() {
        stop();
        if (!Files.exists(directory)) {
            return;
        }
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException leftBehind) {
            System.err.println("the test broker's folder " + directory + " could not be deleted: " + leftBehind);
        }
    }

    private Properties settings() {
        var settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", String.valueOf(NODE_ID));
        settings.put(
                "listeners",
                "BROKER://127.0.0.1:%d,%s://127.0.0.1:%d".formatted(brokerPort, CONTROLLER, controllerPort));
        settings.put("advertised.listeners", "BROKER://127.0.0.1:" + brokerPort);
        settings.put("listener.security.protocol.map", "BROKER:PLAINTEXT,%s:PLAINTEXT".formatted(CONTROLLER));
        settings.put("inter.broker.listener.name", "BROKER");
        settings.put("controller.listener.names", CONTROLLER);
        settings.put("controller.quorum.voters", "%d@127.0.0.1:%d".formatted(NODE_ID, controllerPort));
        settings.put("log.dirs", directory.toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("offsets.topic.num.partitions", "1");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("transaction.state.log.num.partitions", "1");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "2");
        // The cleaner's buffer is 128 MiB by default, more than all test topics together.
        settings.put("log.cleaner.dedupe.buffer.size", String.valueOf(4 << 20));
        return settings;
    }

    private static ServerSocket freePort() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }
}
