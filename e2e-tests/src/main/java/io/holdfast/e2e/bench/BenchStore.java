package io.holdfast.e2e.bench;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;

/** A journal-store with the service's default sizes (JournalSettings), without the service. */
final class BenchStore {
    private static final long MIB = 1 << 20;

    private BenchStore() {}

    static JournalStore open(Path folder) {
        return JournalStore.open(
                folder,
                new StoreOptions(
                        "bench",
                        BenchSite.JOURNAL_CACHE_MEBIBYTES * MIB,
                        256 * MIB,
                        128 * MIB,
                        Duration.ofMinutes(1),
                        MIB,
                        64,
                        MIB,
                        Duration.ofSeconds(30),
                        "",
                        ""));
    }
}
