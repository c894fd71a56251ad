package io.holdfast.localsite.adapter.kafka;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/** One KRaft broker in this process, on a directory that it formats the first time. */
final class KafkaBroker {
    private final KafkaRaftServer server;

    private KafkaBroker(KafkaRaftServer server) {
        this.server = server;
    }

    /**
     * Formats the directory when it is new, and loads the broker; takes no requests yet.
     *
     * @throws HoldfastException {@code LOCAL_SITE_PART_FAILED} when the directory is damaged or from a newer Kafka
     */
    static KafkaBroker load(KafkaSettings settings) {
        try {
            if (!Files.exists(settings.logDirectory().resolve("meta.properties"))) {
                format(settings);
            }
            return new KafkaBroker(new KafkaRaftServer(new KafkaConfig(settings.properties(), false), Time.SYSTEM));
        } catch (Exception failed) {
            // Kafka's own code throws whatever it likes, checked exceptions undeclared by Scala included.
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_FAILED,
                    "Kafka cannot use the directory %s: %s.".formatted(settings.logDirectory(), failed.getMessage()),
                    failed);
        }
    }

    private static void format(KafkaSettings settings) throws Exception {
        Files.createDirectories(settings.logDirectory());
        new Formatter()
                .setPrintStream(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8))
                .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                .setNodeId(KafkaSettings.NODE_ID)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName(KafkaSettings.CONTROLLER_LISTENER)
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setMetadataLogDirectory(settings.logDirectory().toString())
                .addDirectory(settings.logDirectory().toString())
                .run();
    }

    /** Returns when the broker takes requests. */
    void start() {
        server.startup();
    }

    /** Asks the broker to end; returns when it has. */
    void stop() {
        server.shutdown();
    }

    /** Returns when the broker has ended, for whatever reason. */
    void awaitEnd() {
        server.awaitShutdown();
    }
}
