package io.holdfast.localsite.adapter.kafka;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.linux.RotatingLog;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartRunner;
import io.holdfast.localsite.part.RunningPart;
import io.holdfast.localsite.plan.SiteDirectory;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Kafka inside the local site's own process: the fewest processes and the least memory. It cannot be killed alone. */
public final class InProcessKafka implements PartRunner {
    private final SiteDirectory directory;
    private final KafkaSettings settings;

    public InProcessKafka(SiteDirectory directory, int port, int controllerPort) {
        this.directory = directory;
        this.settings = new KafkaSettings(directory.kafka(), port, controllerPort);
    }

    @Override
    public Part part() {
        return Part.KAFKA;
    }

    /** An orderly end writes all logs out; a killed broker reads them all again at the next start. */
    @Override
    public Duration stopLimit() {
        return Duration.ofSeconds(20);
    }

    @Override
    public RunningPart launch() {
        RotatingLog log = new RotatingLog(directory.log(Part.KAFKA), RotatingLog.DEFAULT_LIMIT_BYTES);
        KafkaLog handler = KafkaLog.attach(log);
        try {
            Life life = new Life(KafkaBroker.load(settings), new KafkaProbe(settings.port()), log, handler);
            Thread.ofPlatform().daemon().name("kafka-broker").start(life::run);
            return life;
        } catch (RuntimeException failed) {
            handler.close();
            throw failed;
        }
    }

    private static final class Life implements RunningPart {
        private final KafkaBroker broker;
        private final KafkaProbe probe;
        private final RotatingLog log;
        private final KafkaLog handler;
        private final CompletableFuture<String> ended = new CompletableFuture<>();
        private volatile boolean started;

        Life(KafkaBroker broker, KafkaProbe probe, RotatingLog log, KafkaLog handler) {
            this.broker = broker;
            this.probe = probe;
            this.log = log;
            this.handler = handler;
        }

        void run() {
            String how = "ended";
            try {
                broker.start();
                started = true;
                broker.awaitEnd();
            } catch (RuntimeException failed) {
                how = "ended: " + failed.getMessage();
            } finally {
                handler.close();
                ended.complete(how);
            }
        }

        @Override
        public OptionalLong pid() {
            return OptionalLong.empty();
        }

        @Override
        public CompletableFuture<String> ended() {
            return ended;
        }

        @Override
        public boolean probe() {
            return started && !ended.isDone() && probe.getAsBoolean();
        }

        @Override
        public void requestStop() {
            Thread.ofPlatform().daemon().name("kafka-broker-stop").start(broker::stop);
        }

        @Override
        public void kill() {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_ACTION_REFUSED,
                    "kafka runs inside the local site's own process and cannot be killed alone; start the site with --kafka own-process.");
        }

        @Override
        public List<String> lastLogLines() {
            return log.newestLines();
        }
    }
}
