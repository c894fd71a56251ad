package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Brings a journal of an older format up to {@link Manifest#FORMAT_VERSION}. Each step can be repeated, and the manifest says the newer version only
 * when the step is durable: a crash in between means doing it again.
 *
 * <p>1 to 2: the chain begins at the head. Chaining what is there already would prove nothing about the time before, so older checkpoints stay
 * without digest. The images' checksums need no step: an image without a checksum file has blocks that are not known yet.
 *
 * <p>2 to 3: a lineage begins with an LSN of its own. A journal that stands where its last commit found it gets that LSN now; in every other one the first
 * change behind the commit is it. Checkpoints of the present that could not be told from the branch's stay unavailable.
 */
public final class FormatMigration {
    private FormatMigration() {}

    /**
     * Migrates what is on disk as far as it is needed.
     *
     * @return the manifest to be written and used from now on; the same one when nothing had to be done
     * @throws HoldfastException storage failures and {@code JOURNAL_DAMAGED}; what is there stays as it was
     */
    public static Manifest toCurrent(JournalFiles files, Manifest manifest, SharedMemory memory) {
        if (manifest.formatVersion() == Manifest.FORMAT_VERSION) {
            return manifest;
        }
        Manifest now = manifest;
        if (!now.hasChain()) {
            beginChain(files, now, memory);
            now = now.withFormatVersion(Manifest.FORMAT_WITH_CHAIN);
        }
        beginLineage(files, now, memory);
        return now.withFormatVersion(Manifest.FORMAT_VERSION);
    }

    private static void beginChain(JournalFiles files, Manifest manifest, SharedMemory memory) {
        try (Opened opened = Opened.open(files.database(), manifest, memory, false);
                WriteBatch batch = new WriteBatch()) {
            long head = opened.state.numbers().headLsn;
            byte[] begin = ChainPlace.begin(manifest.pg(), head).encode();
            batch.put(opened.db.meta(), Layout.CHAIN, begin);
            batch.put(opened.db.meta(), Layout.ANCHOR, begin);
            opened.db.write(batch);
            opened.db.flush();
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("migrating the journal", failure);
        }
    }

    private static void beginLineage(JournalFiles files, Manifest manifest, SharedMemory memory) {
        try (Opened opened = Opened.open(files.database(), manifest, memory, false)) {
            opened.fork.filter(fork -> fork.to().equals(opened.state.head())).ifPresent(fork -> {
                opened.state.beginLineage(ChronoUnit.MICROS.between(Instant.EPOCH, fork.at()), opened.staged);
                opened.staged.commit(opened.state);
                opened.db.flush();
            });
        }
    }
}
