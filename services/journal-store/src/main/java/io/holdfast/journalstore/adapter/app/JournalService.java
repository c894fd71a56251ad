package io.holdfast.journalstore.adapter.app;

import io.holdfast.journalstore.adapter.config.FilesSettings;
import io.holdfast.journalstore.adapter.config.JournalSettings;
import io.holdfast.journalstore.adapter.files.DataDirectory;
import io.holdfast.journalstore.adapter.image.ExportOptions;
import io.holdfast.journalstore.adapter.image.ImageExports;
import io.holdfast.journalstore.adapter.kafka.JournalKafka;
import io.holdfast.journalstore.adapter.metrics.JournalMeters;
import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.qemu.QemuImg;
import io.holdfast.journalstore.adapter.relay.RelaySettings;
import io.holdfast.journalstore.adapter.relay.Relays;
import io.holdfast.journalstore.adapter.store.Differences;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.Scrubs;
import io.holdfast.journalstore.adapter.store.Seeds;
import io.holdfast.journalstore.adapter.store.StoreOptions;
import io.holdfast.journalstore.files.FileViews;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.KafkaSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Starts and stops the parts in order. Recovery is served before, and without, Kafka. */
@ApplicationScoped
public class JournalService {
    private static final Logger LOG = Logger.getLogger(JournalService.class);
    private static final long STATE_CHANGE_MILLIS = 200;
    private static final long COMMIT_LOOK_MILLIS = 200;
    private static final long FILE_VIEW_LOOK_MILLIS = 1_000;
    private static final int STATUS_EVERY = 10;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;
    private static final int START_WAITS_FOR_KAFKA_SECONDS = 5;

    private final JournalSettings settings;
    private final RelaySettings relaySettings;
    private final FilesSettings filesSettings;
    private final String version;
    private final KafkaSettings kafkaSettings;
    private final Map<String, Object> clientSettings;
    private final HoldfastKafka kafka;
    private final MeterRegistry registry;
    private final CountDownLatch stop = new CountDownLatch(1);

    private JournalStore store;
    private ImageExports exports;
    private FileViews fileViews;
    private Seeds seeds;
    private JournalMeters meters;
    private Fetchers fetchers;
    private NbdServer nbd;
    private JournalKafka journalKafka;
    private Relays relays;
    private Thread ageing;
    private Thread commits;
    private Thread fileViewsEnd;
    private long mergeBytesPerSecond;
    private Thread events;
    private volatile boolean applying;
    private volatile String notApplyingReason = "Kafka was not reached yet";

    @Inject
    public JournalService(
            JournalSettings settings,
            RelaySettings relaySettings,
            FilesSettings filesSettings,
            @ConfigProperty(name = "quarkus.application.version") String version,
            KafkaSettings kafkaSettings,
            @Identifier("default-kafka-broker") Map<String, Object> clientSettings,
            HoldfastKafka kafka,
            MeterRegistry registry) {
        this.settings = settings;
        this.relaySettings = relaySettings;
        this.filesSettings = filesSettings;
        this.version = version;
        this.kafkaSettings = kafkaSettings;
        this.clientSettings = clientSettings;
        this.kafka = kafka;
        this.registry = registry;
    }

    void start(@Observes StartupEvent event) {
        refuseBadTopics();
        Optional<Path> seedFolder = settings.seedFolder().map(JournalService::seedFolder);
        store = JournalStore.open(Path.of(settings.dataDirectory()), options());
        seeds = new Seeds(store, seedFolder, new QemuImg(settings.qemuImg()));
        try {
            meters = new JournalMeters(registry);
            meters.store(store);
            exports = startExports();
            meters.exports(exports::count);
            fileViews = FileViewsStart.of(filesSettings, store, meters.fileViews());
            meters.openFileViews(fileViews::count);
            startNbd();
            relays = Relays.start(relaySettings, store, Path.of(settings.dataDirectory()), version);
            meters.relays(relays::status);
            journalKafka = new JournalKafka(
                    kafka,
                    clientSettings,
                    kafkaSettings.topicPrefix(),
                    store,
                    meters,
                    settings.ordinal(),
                    Path.of(settings.dataDirectory()));
            store.scrubs().start(scrubOptions(), journalKafka::isLagging);
            mergeBytesPerSecond = mergeRate();
            fileViewsEnd = Thread.ofPlatform().name("file-views").daemon().start(this::expireFileViewsUntilStopped);
            commits = Thread.ofPlatform().name("commits").daemon().start(this::commitUntilStopped);
            ageing = Thread.ofPlatform().name("ageing").daemon().start(this::ageUntilStopped);
            events = Thread.ofPlatform().name("journal-events").daemon().start(this::connectAndReport);
        } catch (RuntimeException failed) {
            stopAll();
            throw failed;
        }
        LOG.infof(
                "journal-store serves recovery images directory=%s nbd=%s journals=%d",
                settings.dataDirectory(), nbdAddress(), store.groups().size());
    }

    /** Wrong topic settings end the start; Kafka being away does not: what is stored can be recovered without it. */
    private void refuseBadTopics() {
        var check =
                new FutureTask<Void>(() -> JournalKafka.checkTopics(kafka.topics(), settings.flushInterval()), null);
        Thread.ofVirtual().name("topic-check").start(check);
        try {
            check.get(START_WAITS_FOR_KAFKA_SECONDS, TimeUnit.SECONDS);
            applying = true;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof HoldfastException ours
                    && ours.code() != CommonError.DEPENDENCY_UNAVAILABLE) {
                throw ours;
            }
            notApplyingReason = String.valueOf(failed.getCause().getMessage());
        } catch (TimeoutException late) {
            notApplyingReason = "Kafka does not answer";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!applying) {
            LOG.warnf("recovery is served without Kafka, applying begins when it answers reason=%s", notApplyingReason);
        }
    }

    private StoreOptions options() {
        try {
            return new StoreOptions(
                    "journal-store-" + settings.ordinal(),
                    DataSize.parse(settings.cacheSize()).bytes(),
                    DataSize.parse(settings.writeBufferSize()).bytes(),
                    DataSize.parse(settings.ageingStep()).bytes(),
                    settings.ageingPatience(),
                    settings.ageingSilence(),
                    DataSize.parse(settings.freeSpaceReserve()).bytes(),
                    settings.sessionLimit(),
                    DataSize.parse(settings.overlayLimit()).bytes(),
                    settings.flushInterval(),
                    settings.advertisedRestAddress().orElse(""),
                    nbdAddress());
        } catch (IllegalArgumentException invalid) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION, "holdfast.journal: " + invalid.getMessage(), invalid);
        }
    }

    private Scrubs.Options scrubOptions() {
        try {
            return new Scrubs.Options(DataSize.parse(settings.scrubRate()).bytes(), settings.scrubPeriod());
        } catch (IllegalArgumentException invalid) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION, "holdfast.journal: " + invalid.getMessage(), invalid);
        }
    }

    private ImageExports startExports() {
        if (settings.exportDirectory().isEmpty()) {
            return ImageExports.disabled(store);
        }
        try {
            Path directory = Path.of(settings.exportDirectory().get());
            // Exports end before the journals pause.
            long journals = DataDirectory.onOneVolume(directory, Path.of(settings.dataDirectory()))
                    ? DataSize.parse(settings.freeSpaceReserve()).bytes()
                    : 0;
            return ImageExports.start(
                    store,
                    new ExportOptions(
                            directory,
                            journals + DataSize.parse(settings.exportReserve()).bytes(),
                            settings.exportTimeLimit(),
                            settings.qemuImg()));
        } catch (IllegalArgumentException invalid) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION, "holdfast.journal: " + invalid.getMessage(), invalid);
        }
    }

    private static Path seedFolder(String text) {
        Path folder = Path.of(text);
        if (!folder.isAbsolute() || !Files.isDirectory(folder)) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.journal.seed-folder is '%s'; it must be an existing folder, given from the root"
                            .formatted(text));
        }
        return folder;
    }

    private String nbdAddress() {
        return settings.advertisedNbdAddress().orElse(settings.nbdBindAddress() + ":" + settings.nbdPort());
    }

    private void startNbd() {
        fetchers = new Fetchers(settings.readAheadThreads(), meters::readAhead);
        nbd = new NbdServer(
                new JournalExports(store, meters::opened, fetchers),
                ServerLimits.DEFAULT.withConnections(settings.connectionLimit()).withPayloadMemoryBytes(128L << 20));
        try {
            InetSocketAddress bound = nbd.listenTcp(settings.nbdBindAddress(), settings.nbdPort());
            LOG.infof("NBD server listens address=%s", bound);
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "the NBD server cannot listen on %s:%d: %s; see holdfast.journal.nbd-port"
                            .formatted(settings.nbdBindAddress(), settings.nbdPort(), failure.getMessage()),
                    failure);
        }
    }

    private long mergeRate() {
        long rate = DataSize.parse(settings.mergeRate()).bytes();
        if (rate < 1) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.journal.merge-rate: positive, not " + settings.mergeRate());
        }
        return rate;
    }

    /** Brings commits on; a portion that merged something is followed by the next after the time that the rate asks for. */
    private void commitUntilStopped() {
        long waitMillis = COMMIT_LOOK_MILLIS;
        while (!stopsWithin(waitMillis)) {
            waitMillis = COMMIT_LOOK_MILLIS;
            try {
                long merged = 0;
                for (var pg : store.groups()) {
                    merged += store.commits().step(pg);
                }
                if (merged > 0) {
                    waitMillis = Math.min(10_000, merged * 1000 / mergeBytesPerSecond);
                }
            } catch (RuntimeException unforeseen) {
                LOG.errorf(unforeseen, "a commit's step failed in an unforeseen way and is tried again");
            }
        }
    }

    private void ageUntilStopped() {
        while (!stopsWithin(settings.ageingInterval().toMillis())) {
            try {
                meters.follow(store);
                store.sampleSpace(Instant.now());
                exports.expire(Instant.now());
                boolean more = true;
                while (more && stop.getCount() > 0) {
                    long began = System.nanoTime();
                    more = ageOnce();
                    if (more && giveWayToApply()) {
                        // Half of the time at most while applying lags; ageing must not stand still, or the volume
                        // fills.
                        stopsWithin(Math.min(LONGEST_PAUSE_MILLIS, (System.nanoTime() - began) / 1_000_000));
                    }
                }
            } catch (RuntimeException unforeseen) {
                LOG.errorf(unforeseen, "an ageing step failed in an unforeseen way");
            }
        }
    }

    /** On a thread of its own: the end of an appliance may take its time. */
    private void expireFileViewsUntilStopped() {
        while (!stopsWithin(FILE_VIEW_LOOK_MILLIS)) {
            try {
                fileViews.expire();
            } catch (RuntimeException unforeseen) {
                LOG.errorf(unforeseen, "a file view could not be ended and is looked at again");
            }
        }
    }

    private boolean giveWayToApply() {
        return store.hasRoom()
                && store.groups().stream().anyMatch(journalKafka::isLagging)
                && store.groups().stream().noneMatch(store::limitReached);
    }

    /** One step of each journal, so that none waits for another's whole backlog. */
    private boolean ageOnce() {
        boolean more = false;
        for (var pg : store.groups()) {
            if (store.slot(pg).orElse(null) instanceof JournalSlot.Open open && stop.getCount() > 0) {
                var outcome = open.age(Instant.now());
                meters.aged(outcome.bytes());
                more |= outcome.more();
                if (open.ageingFailure() != null) {
                    meters.ageingFailed();
                    LOG.warnf(open.ageingFailure(), "ageing failed and is tried again pg=%s", pg);
                    store.scrubs().ageingFailed(pg, open);
                }
            }
        }
        return more;
    }

    private void connectAndReport() {
        while (!applying && !stopsWithin(1000)) {
            try {
                JournalKafka.checkTopics(kafka.topics(), settings.flushInterval());
                applying = true;
            } catch (HoldfastException failed) {
                notApplyingReason = failed.toString();
                if (failed.code() == JournalError.KAFKA_RETENTION_TOO_SHORT) {
                    LOG.errorf("nothing is applied reason=%s", failed.getMessage());
                }
            }
        }
        if (stop.getCount() > 0) {
            journalKafka.startApplying();
        }
        for (int tick = 0; !stopsWithin(STATE_CHANGE_MILLIS); tick++) {
            try {
                journalKafka.report(tick % STATUS_EVERY == 0);
            } catch (RuntimeException unforeseen) {
                LOG.errorf(unforeseen, "the journals' states could not be reported");
            }
        }
    }

    private boolean stopsWithin(long millis) {
        try {
            return stop.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            return true;
        }
    }

    @Produces
    @Singleton
    Seeds seeds() {
        return seeds;
    }

    @Produces
    @Singleton
    JournalStore store() {
        return store;
    }

    @Produces
    @Singleton
    Differences differences() {
        return new Differences(store, journalKafka);
    }

    @Produces
    @Singleton
    ImageExports exports() {
        return exports;
    }

    @Produces
    @Singleton
    FileViews fileViews() {
        return fileViews;
    }

    @Produces
    @Singleton
    Relays relays() {
        return relays;
    }

    JournalKafka journalKafka() {
        return journalKafka;
    }

    boolean applying() {
        return applying;
    }

    String notApplyingReason() {
        return notApplyingReason;
    }

    void stop(@Observes ShutdownEvent event) {
        stopAll();
    }

    private void stopAll() {
        stop.countDown();
        join(events);
        join(ageing);
        join(commits);
        join(fileViewsEnd);
        if (journalKafka != null) {
            journalKafka.close();
        }
        if (relays != null) {
            relays.close();
        }
        if (fileViews != null) {
            fileViews.close();
        }
        if (exports != null) {
            exports.close();
        }
        if (nbd != null) {
            nbd.close();
            fetchers.close();
        }
        if (seeds != null) {
            seeds.close();
        }
        if (store != null) {
            store.close();
        }
    }

    private static void join(Thread thread) {
        try {
            if (thread != null) {
                thread.join(TimeUnit.SECONDS.toMillis(20));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
