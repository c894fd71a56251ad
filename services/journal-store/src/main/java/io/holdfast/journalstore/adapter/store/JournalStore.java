package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.DataDirectory;
import io.holdfast.journalstore.adapter.files.ManifestFile;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.rocksdb.FormatMigration;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalAgeing;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.adapter.rocksdb.SharedMemory;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.space.Forecast;
import io.holdfast.journalstore.space.SpaceGuard;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * All journals below one data directory, and what they share: memory, free space, sessions. Needs neither Kafka nor Quarkus. Safe
 * for any number of threads.
 */
public final class JournalStore implements AutoCloseable {
    private final DataDirectory directory;
    private final StoreOptions options;
    private final SharedMemory memory;
    private final FaultPoints faults;
    private final LongSupplier freeBytes;
    private final SpaceGuard guard;
    private final Forecast volumeGrowth = new Forecast();
    private final Sessions sessions;
    private final Scrubs scrubs;
    private final Commits commits;
    private final HeadHashes hashes;
    private final PolicyChanges policies;
    private final Map<PgId, JournalSlot> slots = new ConcurrentHashMap<>();
    private volatile SpaceGuard.Verdict space = SpaceGuard.Verdict.ROOM;

    private JournalStore(DataDirectory directory, StoreOptions options, FaultPoints faults, LongSupplier freeBytes) {
        this.directory = directory;
        this.options = options;
        this.faults = faults;
        this.freeBytes = freeBytes;
        guard = SpaceGuard.withReserve(options.reserveBytes());
        memory = new SharedMemory(options.cacheBytes(), options.writeBufferBytes());
        sessions = new Sessions(this, options);
        scrubs = new Scrubs(this);
        commits = new Commits(this, sessions, faults);
        hashes = new HeadHashes(this);
        policies = new PolicyChanges(faults);
        try {
            checkSpace();
            for (PgId pg : DataDirectory.journals(directory.path())) {
                slots.put(pg, open(pg));
            }
        } catch (RuntimeException | Error failed) {
            abandon();
            throw failed;
        }
    }

    /**
     * Locks the directory and opens every journal in it. A journal that cannot be opened does not keep the others from working.
     *
     * @throws HoldfastException {@code STORAGE_UNUSABLE} or {@code DATA_DIRECTORY_IN_USE}
     */
    public static JournalStore open(java.nio.file.Path data, StoreOptions options) {
        DataDirectory directory = DataDirectory.lock(data);
        return new JournalStore(directory, options, FaultPoints.NONE, directory::freeBytes);
    }

    /** As {@link #open(java.nio.file.Path, StoreOptions)}, with places to fail and another view of the free space; for tests. */
    public static JournalStore open(
            java.nio.file.Path data, StoreOptions options, FaultPoints faults, LongSupplier freeBytes) {
        return new JournalStore(DataDirectory.lock(data), options, faults, freeBytes);
    }

    private JournalSlot open(PgId pg) {
        JournalFiles files = JournalFiles.of(directory.path(), pg);
        try {
            Journal journal = Journal.open(files, migrated(files), memory, faults);
            return opened(pg, journal);
        } catch (HoldfastException unusable) {
            System.getLogger(JournalStore.class.getName())
                    .log(System.Logger.Level.ERROR, "a journal cannot be opened pg=" + pg, unusable);
            return new JournalSlot.Unusable(unusable);
        }
    }

    private Manifest migrated(JournalFiles files) {
        Manifest found = ManifestFile.read(files.manifest());
        Manifest current = FormatMigration.toCurrent(files, found, memory);
        if (current != found) {
            faults.reached(FaultPlaces.MIGRATION_DONE);
            ManifestFile.write(files.manifest(), current);
        }
        return current;
    }

    private JournalSlot.Open opened(PgId pg, Journal journal) {
        journal.keptDisks().giveUp(SeedNotes.recover(pg, journal.files()));
        // Leases of sessions first: ageing must not run before them.
        sessions.restore(pg, journal);
        JournalSlot.Open open = new JournalSlot.Open(
                journal,
                new JournalAgeing(
                        journal, options.ageingStepBytes(), options.ageingPatience(), options.ageingSilence()));
        scrubs.restore(open);
        return open;
    }

    public StoreOptions options() {
        return options;
    }

    /** What replicas hold at their heads. */
    public HeadHashes hashes() {
        return hashes;
    }

    public Sessions sessions() {
        return sessions;
    }

    /** The native memory of all journals. */
    public SharedMemory memory() {
        return memory;
    }

    public Scrubs scrubs() {
        return scrubs;
    }

    FaultPoints faults() {
        return faults;
    }

    public long freeBytes() {
        return freeBytes.getAsLong();
    }

    /** Looks at the free space. Called before work that needs some, and from time to time. */
    public SpaceGuard.Verdict checkSpace() {
        space = guard.judge(space, freeBytes.getAsLong());
        return space;
    }

    /** Notes how full everything is, for {@link #fullAt}. Called from time to time. */
    public void sampleSpace(Instant now) {
        // What is not free is used; the forecast needs differences alone.
        volumeGrowth.sample(now, -freeBytes.getAsLong());
        slots.values().forEach(slot -> {
            if (slot instanceof JournalSlot.Open open) {
                open.growth().sample(now, open.journal().liveBytes());
            }
        });
    }

    /**
     * When the journal's size limit, or the data volume's reserve, will be reached at the rate of the last hour.
     *
     * @return empty = not known, or not within the history window: by then what is older leaves
     */
    public Optional<Instant> fullAt(PgId pg, Instant now) {
        if (!(slots.get(pg) instanceof JournalSlot.Open open)) {
            return Optional.empty();
        }
        Manifest manifest = open.journal().snapshot().manifest();
        Optional<Instant> limit = manifest.limitBytes() == 0
                ? Optional.empty()
                : open.growth()
                        .fullAt(now, manifest.limitBytes() - open.journal().liveBytes());
        return Stream.of(limit, volumeGrowth.fullAt(now, freeBytes.getAsLong() - guard.reserveBytes()))
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .filter(full -> full.isBefore(now.plus(manifest.history())));
    }

    /** Whether there was room at the last look. */
    public boolean hasRoom() {
        return space == SpaceGuard.Verdict.ROOM;
    }

    public Collection<PgId> groups() {
        return List.copyOf(slots.keySet());
    }

    public Optional<JournalSlot> slot(PgId pg) {
        return Optional.ofNullable(slots.get(pg));
    }

    /** The journal when it exists and works. */
    public Optional<Journal> find(PgId pg) {
        return slots.get(pg) instanceof JournalSlot.Open open ? Optional.of(open.journal()) : Optional.empty();
    }

    /** Whether apply has to wait because the journal's size limit is reached. */
    public boolean limitReached(PgId pg) {
        return slots.get(pg) instanceof JournalSlot.Open open && open.limitReached();
    }

    /** @throws HoldfastException {@code JOURNAL_NOT_FOUND}, or why it cannot be used */
    public Journal require(PgId pg) {
        return switch (slots.get(pg)) {
            case null ->
                throw new HoldfastException(
                        JournalError.JOURNAL_NOT_FOUND, "no journal of group %s is here".formatted(pg));
            case JournalSlot.Open open -> open.journal();
            case JournalSlot.Unusable unusable -> throw unusable.cause();
        };
    }

    /**
     * Follows a policy: creates the journal when there is none, or updates its manifest.
     *
     * @return the journal, or empty when it cannot be used
     */
    public synchronized Optional<Journal> follow(JournalPolicy policy) {
        JournalSlot slot = slots.get(policy.pg());
        if (slot == null) {
            if (policy.state() == JournalPolicy.State.REMOVED) {
                return Optional.empty();
            }
            slot = create(policy);
            slots.put(policy.pg(), slot);
        }
        if (!(slot instanceof JournalSlot.Open open)) {
            return Optional.empty();
        }
        policies.follow(open, policy, Journal.Pace.BEHIND_WHAT_REPEATS);
        return Optional.of(open.journal());
    }

    /** Looks whether a policy that had to wait can be followed. Called after records were applied, and from time to time. */
    public void followPostponed(PgId pg) {
        followPostponed(pg, Journal.Pace.BEHIND_WHAT_REPEATS);
    }

    /** A record was met that the journal's policy does not know: the one that waits is followed before it. */
    public void followBeforeNextRecord(PgId pg) {
        followPostponed(pg, Journal.Pace.AT_ONCE);
    }

    private synchronized void followPostponed(PgId pg, Journal.Pace pace) {
        if (slots.get(pg) instanceof JournalSlot.Open open) {
            open.postponed().ifPresent(policy -> policies.follow(open, policy, pace));
        }
    }

    /** Writes down that a commit has begun a lineage; once. */
    synchronized void beginLineage(Journal journal, String lineage) {
        Manifest now = journal.snapshot().manifest();
        if (!now.lineage().contains(lineage)) {
            journal.follow(
                    (manifest, _) -> manifest.withLineage(lineage),
                    Journal.Pace.AT_ONCE,
                    next -> ManifestFile.write(journal.files().manifest(), next));
        }
    }

    public Commits commits() {
        return commits;
    }

    private JournalSlot create(JournalPolicy policy) {
        JournalFiles files = JournalFiles.of(directory.path(), policy.pg());
        Manifest manifest = Manifest.create(policy, UUID.randomUUID().toString(), Instant.now());
        try {
            // Remains without a manifest are those of a creation or deletion that did not end.
            SafeFile.deleteFolder(files.directory());
            Files.createDirectories(files.directory());
            faults.reached(FaultPlaces.JOURNAL_CREATED);
            ManifestFile.write(files.manifest(), manifest);
            SafeFile.forceFolder(directory.path());
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "the journal of %s cannot be created".formatted(policy.pg()),
                    failure);
        }
        Journal created = Journal.open(files, manifest, memory, faults);
        created.repeatsBefore(0);
        return opened(policy.pg(), created);
    }

    /**
     * Deletes a journal and its files. One that is not there is fine.
     *
     * @throws HoldfastException {@code JOURNAL_STILL_PROTECTED} or {@code JOURNAL_IN_USE}
     */
    public synchronized void delete(PgId pg) {
        JournalSlot slot = slots.get(pg);
        if (slot == null) {
            return;
        }
        if (slot instanceof JournalSlot.Open open) {
            if (open.journal().snapshot().manifest().policyState() != JournalPolicy.State.REMOVED) {
                throw new HoldfastException(
                        JournalError.JOURNAL_STILL_PROTECTED,
                        "group %s is still protected; remove the group first".formatted(pg));
            }
            if (!sessions.of(pg).isEmpty()) {
                throw new HoldfastException(
                        JournalError.JOURNAL_IN_USE, "group %s has an open recovery session".formatted(pg));
            }
            open.journal().abandon();
        }
        slots.remove(pg);
        JournalFiles files = JournalFiles.of(directory.path(), pg);
        try {
            Files.deleteIfExists(files.manifest());
            faults.reached(FaultPlaces.JOURNAL_UNLINKED);
            SafeFile.deleteFolder(files.directory());
            faults.reached(FaultPlaces.JOURNAL_DELETED);
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the journal of %s cannot be deleted".formatted(pg), failure);
        }
    }

    /** Flushes and closes everything. */
    @Override
    public void close() {
        scrubs.close();
        sessions.close();
        slots.values().forEach(slot -> {
            if (slot instanceof JournalSlot.Open open) {
                open.journal().close();
            }
        });
        release();
    }

    /** Ends without flushing: what a crash leaves. */
    public void abandon() {
        scrubs.close();
        sessions.abandon();
        slots.values().forEach(slot -> {
            if (slot instanceof JournalSlot.Open open) {
                open.journal().abandon();
            }
        });
        release();
    }

    private void release() {
        slots.clear();
        memory.close();
        directory.close();
    }
}
