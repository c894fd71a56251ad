package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.SiteOptions.KafkaMode;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One whole site and its guests' disks.
 *
 * <p>Kafka runs in a JVM of its own, so that its memory and its collector are its own and not the load generator's. Settings are the
 * site's defaults; the two that a budget refers to are given explicitly, so that budget and setting cannot drift apart.
 */
final class BenchSite implements AutoCloseable {
    static final int RING_MEBIBYTES = 64;
    static final int JOURNAL_CACHE_MEBIBYTES = 384;
    /** The product's default. */
    static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(5);

    static final Duration SHORT_INTERVAL = Duration.ofSeconds(2);

    private static final int BASE_PORT = 21_400;
    private static final Duration HISTORY = Duration.ofHours(1);

    private final Path distribution;
    private final LocalSite site;
    private final SiteClient client;
    private final Path work;
    private final BenchOptions options;
    private final ProtectedMachine bare;
    private final ProtectedMachine loaded;
    private final ProtectedMachine steady;

    private BenchSite(LocalSite site, Path distribution, Path work, BenchOptions options) {
        this.distribution = distribution;
        this.site = site;
        this.work = work;
        this.options = options;
        this.client = new SiteClient(site.address(), site.token("bench", Role.ADMIN, Duration.ofHours(2)));
        bare = attach("bare", options.diskMebibytes(), SHORT_INTERVAL);
        loaded = attach("loaded", options.imageMebibytes(), SHORT_INTERVAL);
        steady = attach("steady", options.diskMebibytes(), DEFAULT_INTERVAL);
    }

    /**
     * Starts the site in {@code directory}, which must be empty, and attaches the machines. Nothing is protected yet.
     *
     * @param distribution the folder of the packaged services
     */
    static BenchSite start(Path distribution, Path directory, BenchOptions options, Consumer<String> progress) {
        Path work = createFolder(directory.resolve("work"));
        LocalSite site = LocalSite.start(
                SiteOptions.in(directory.resolve("site"))
                        .basePort(BASE_PORT)
                        .distribution(distribution)
                        .diskRoot(work)
                        .kafka(KafkaMode.OWN_PROCESS)
                        .setting(Part.REPLICATION_AGENT, "holdfast.agent.ring-size", RING_MEBIBYTES + "MiB")
                        .setting(Part.JOURNAL_STORE, "holdfast.journal.cache-size", JOURNAL_CACHE_MEBIBYTES + "MiB")
                        .build(),
                progress);
        try {
            return new BenchSite(site, distribution, work, options);
        } catch (RuntimeException | AssertionError failed) {
            site.close();
            throw failed;
        }
    }

    private static Path createFolder(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private ProtectedMachine attach(String name, int mebibytes, Duration interval) {
        Path disk = Disks.make(work.resolve(name + ".raw"), mebibytes, name.hashCode());
        return ProtectedMachine.attach(client, name, Map.of("disk", disk), new Objectives(interval, HISTORY));
    }

    BenchOptions options() {
        return options;
    }

    SiteClient client() {
        return client;
    }

    LocalSite parts() {
        return site;
    }

    /** The folder of the packaged services. */
    Path distribution() {
        return distribution;
    }

    /** A folder on the disks' file system. */
    Path work() {
        return work;
    }

    /** Attached and never protected: capture off, or capture only. */
    ProtectedMachine bare() {
        return bare;
    }

    /** The large disk, with a checkpoint every {@link #SHORT_INTERVAL}. */
    ProtectedMachine loaded() {
        return loaded;
    }

    /** A small disk, with a checkpoint every {@link #DEFAULT_INTERVAL}. */
    ProtectedMachine steady() {
        return steady;
    }

    Path diskOf(ProtectedMachine machine) {
        String name = machine == bare ? "bare" : machine == loaded ? "loaded" : "steady";
        return work.resolve(name + ".raw");
    }

    Pipeline pipelineOf(ProtectedMachine machine) {
        return new Pipeline(client, http(Port.REPLICATION_AGENT_HTTP), http(Port.JOURNAL_STORE_HTTP), machine);
    }

    private URI http(Port port) {
        return URI.create("http://127.0.0.1:" + site.port(port));
    }

    Fio fio() {
        return new Fio(work);
    }

    @Override
    public void close() {
        site.close();
    }
}
