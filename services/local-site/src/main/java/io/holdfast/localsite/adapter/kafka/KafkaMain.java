package io.holdfast.localsite.adapter.kafka;

import java.nio.file.Path;

/** A process that is one broker; its output is its log. Ends on SIGTERM, in order. */
public final class KafkaMain {
    private KafkaMain() {}

    /**
     * @param args data directory, port, controller port
     */
    public static void main(String[] args) {
        KafkaLog.quietClients();
        KafkaSettings settings =
                new KafkaSettings(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        KafkaBroker broker = KafkaBroker.load(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(broker::stop, "kafka-broker-stop"));
        broker.start();
        broker.awaitEnd();
    }
}
