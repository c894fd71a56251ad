package io.holdfast.e2e.bench;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.StoreOptions;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A journal-store with the service's default sizes (JournalSettings), without the service. */
final class BenchStore {
    private static final long MIB = 1 << 20;

    private BenchStore() {}

    /** An empty journal of one disk with the history of a day. */
    static Journal journal(JournalStore store, PgId group, AgentId agent, VolumeId volume, long volumeBytes) {
        var slot = new JournalPolicy.Volume(volume, "disk", VmId.random(), "vm", agent, volumeBytes);
        return store.follow(new JournalPolicy(
                        group, 1, "bench", JournalPolicy.State.REPLICATE, 0, List.of(slot), Duration.ofHours(24), 0))
                .orElseThrow();
    }

    static JournalStore open(Path folder) {
        return JournalStore.open(
                folder,
                new StoreOptions(
                        "bench",
                        BenchSite.JOURNAL_CACHE_MEBIBYTES * MIB,
                        256 * MIB,
                        128 * MIB,
                        Duration.ofMinutes(1),
                        Duration.ZERO,
                        MIB,
                        64,
                        MIB,
                        Duration.ofSeconds(30),
                        "",
                        ""));
    }
}
