package io.holdfast.localsite.adapter.kafka;

import java.nio.file.Path;
import java.util.Properties;

/**
 * The broker's settings on one small machine: broker and controller in one, loopback only.
 *
 * <p>Topics are made by the services, with their own retention; the broker makes none by itself.
 */
record KafkaSettings(Path directory, int port, int controllerPort) {
    static final int NODE_ID = 1;
    static final String CONTROLLER_LISTENER = "CONTROLLER";

    /** Above a batch of changes with its headers (default 1 MiB), with room for larger settings. */
    private static final int LARGEST_MESSAGE_BYTES = 8 << 20;

    Path logDirectory() {
        return directory.resolve("data");
    }

    String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    Properties properties() {
        Properties settings = new Properties();
        settings.setProperty("process.roles", "broker,controller");
        settings.setProperty("node.id", Integer.toString(NODE_ID));
        settings.setProperty("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        settings.setProperty("controller.listener.names", CONTROLLER_LISTENER);
        settings.setProperty(
                "listeners",
                "PLAINTEXT://127.0.0.1:%d,%s://127.0.0.1:%d".formatted(port, CONTROLLER_LISTENER, controllerPort));
        settings.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        settings.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.setProperty("log.dirs", logDirectory().toString());
        settings.setProperty("auto.create.topics.enable", "false");
        settings.setProperty("default.replication.factor", "1");
        settings.setProperty("offsets.topic.replication.factor", "1");
        settings.setProperty("offsets.topic.num.partitions", "4");
        settings.setProperty("transaction.state.log.replication.factor", "1");
        settings.setProperty("transaction.state.log.min.isr", "1");
        settings.setProperty("transaction.state.log.num.partitions", "4");
        settings.setProperty("share.coordinator.state.topic.replication.factor", "1");
        settings.setProperty("share.coordinator.state.topic.min.isr", "1");
        settings.setProperty("share.coordinator.state.topic.num.partitions", "1");
        settings.setProperty("group.initial.rebalance.delay.ms", "0");
        settings.setProperty("message.max.bytes", Integer.toString(LARGEST_MESSAGE_BYTES));
        settings.setProperty("socket.request.max.bytes", Integer.toString(4 * LARGEST_MESSAGE_BYTES));
        // Retention frees whole segments; the default of 1 GiB would keep a day's end for long.
        settings.setProperty("log.segment.bytes", Integer.toString(128 << 20));
        settings.setProperty("num.network.threads", "2");
        settings.setProperty("num.io.threads", "4");
        settings.setProperty("background.threads", "2");
        settings.setProperty("num.recovery.threads.per.data.dir", "2");
        settings.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
        settings.setProperty("log.cleaner.io.buffer.size", Integer.toString(256 << 10));
        // A killed broker may come back only when its old session is over; the default makes that 13 s and more.
        settings.setProperty("broker.heartbeat.interval.ms", "500");
        settings.setProperty("broker.session.timeout.ms", "3000");
        settings.setProperty("controlled.shutdown.max.retries", "1");
        return settings;
    }
}
