package io.holdfast.journalstore.adapter.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Optional;

/** Settings of the journal-store. Sizes are whole numbers with a unit ({@code 512MiB}), durations too ({@code 30s}). */
@ConfigMapping(prefix = "holdfast.journal")
public interface JournalSettings {
    /** Folder of all journals; on a volume of its own. */
    String dataDirectory();

    /** This pod's number: it owns partitions [4n, 4n + 4) of topic changes. */
    @WithDefault("0")
    @Min(0)
    @Max(1023)
    int ordinal();

    @WithDefault("10809")
    @Min(0)
    @Max(65535)
    int nbdPort();

    /** The exports are not authenticated: bind where only recovering hosts reach. */
    @WithDefault("127.0.0.1")
    String nbdBindAddress();

    /** host:port under which recovering hosts reach the NBD server; by default the bind address and port. */
    Optional<String> advertisedNbdAddress();

    /** Base address of the REST interface inside the site, for events. */
    Optional<String> advertisedRestAddress();

    /** Longest time that applied changes wait for the disk. Longer: fewer files, longer catch-up after a crash. */
    @WithDefault("30s")
    Duration flushInterval();

    /** How often the tail may move. Longer: fewer, larger steps. */
    @WithDefault("5s")
    Duration ageingInterval();

    /** How long a small step waits for more to age. Longer: fewer flushes of quiet groups, history a little over its window. */
    @WithDefault("60s")
    Duration ageingPatience();

    /**
     * How long no checkpoint may have been cut until the window of a group's history stands still, so that it does not run out while its source is lost (F163). Longer than
     * the longest interval of checkpoints; 0s = the window always goes on, and only the newest checkpoint stays.
     */
    @WithDefault("1h")
    Duration ageingSilence();

    /** Most bytes that one ageing step brings into the images before others get their turn. */
    @WithDefault("128MiB")
    String ageingStep();

    /** What a committed session's overlays are merged at, per second. Larger: committed sooner, at the cost of everything else on the disk. */
    @WithDefault("128MiB")
    String mergeRate();

    /** Read cache and write buffers of all journals together: the main part of the process's native memory. */
    @WithDefault("384MiB")
    String cacheSize();

    /** Part of the cache that unflushed changes may take. Larger: fewer flushes under load. */
    @WithDefault("256MiB")
    String writeBufferSize();

    /** Apply pauses when the data volume has less free than this. */
    @WithDefault("2GiB")
    String freeSpaceReserve();

    /** Threads that read ahead for clients that read recovery images in order from a disk that makes them wait; 0 = nobody reads ahead. */
    @WithDefault("4")
    @Min(0)
    @Max(64)
    int readAheadThreads();

    /** How often each journal is read and checked as a whole; 0 = only when asked. */
    @WithDefault("7d")
    Duration scrubPeriod();

    /** What scrubs read in a second, all journals together; a tenth of it while applying lags. */
    @WithDefault("32MiB")
    String scrubRate();

    /**
     * Folder for exported images, by default none: exports are refused then. Best on a volume of its own; whoever may read it reads the groups' disks.
     */
    Optional<String> exportDirectory();

    /** Exports fail when their folder has less free than this, and free-space-reserve besides where the journals are on the same volume. */
    @WithDefault("1GiB")
    String exportReserve();

    /** Longest time from the order of an export to its end. It keeps its point in the history meanwhile, so longer needs more space. */
    @WithDefault("24h")
    Duration exportTimeLimit();

    /** Folder of images that replicas may be seeded from, absolute; not set: seeding is switched off. */
    Optional<String> seedFolder();

    /** The program for formats other than raw, of exports and of seeds: a name on the path, or a path. */
    @WithDefault("qemu-img")
    String qemuImg();

    /** Recovery sessions open at one time. */
    @WithDefault("64")
    @Min(1)
    @Max(10_000)
    int sessionLimit();

    /** NBD connections at one time; each open point holds its place in the history. */
    @WithDefault("256")
    @Min(1)
    @Max(10_000)
    int connectionLimit();

    /** Private writes of one volume of one session. Larger lets long tests write more, at the journals' cost. */
    @WithDefault("64GiB")
    String overlayLimit();
}
