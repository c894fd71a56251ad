package io.holdfast.e2e.bench;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.RecordCodec;
import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointRecord;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.StreamPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A journal of one disk in a store of this process, given what its partition reader would give it: nothing of REST, NBD or this machine's other work is
 * in what is timed here.
 */
final class BenchJournal {
    /** A second of the guest's time between two checkpoints. */
    private static final long STEP_MICROS = 1_000_000;

    private static final int BLOCK_BYTES = 4096;
    private static final int CHANGES_PER_BATCH = 250;
    private static final int POOL_BATCHES = 64;

    private final SplittableRandom random = new SplittableRandom(3);
    private final StreamId stream = new StreamId(AgentId.random(), PgId.random());
    private final VolumeId volume = VolumeId.random();
    private final List<CheckpointId> checkpoints = new ArrayList<>();
    private final JournalExports exports;
    private final Journal journal;
    private final long volumeBytes;
    private final List<ChangeBatch> pool = new ArrayList<>();
    private final List<Long> written = new ArrayList<>();
    private long offset;
    private long seq;
    private long micros = System.currentTimeMillis() * 1_000;

    BenchJournal(JournalStore store, long volumeBytes) {
        this.volumeBytes = volumeBytes;
        this.exports = new JournalExports(store, _ -> {}, Fetchers.none());
        journal = BenchStore.journal(store, stream.pg(), stream.agent(), volume, volumeBytes);
        apply(seal(List.of(
                new StreamRecord.SyncStarted(volume, SyncKind.FULL, micros),
                new StreamRecord.SyncCompleted(volume, micros))));
    }

    long changes() {
        return journal.snapshot().head().value();
    }

    private ChangeBatch seal(List<StreamRecord> records) {
        ByteBuffer encoded = ByteBuffer.allocate(
                records.stream().mapToInt(RecordCodec::encodedLength).sum());
        records.forEach(record -> RecordCodec.encode(record, 0, encoded));
        return Batches.seal(
                stream,
                new Epoch(1),
                new Seq(seq + 1),
                List.of(volume),
                records.size(),
                encoded.flip(),
                Codec.NONE,
                Optional.empty(),
                micros);
    }

    private void apply(ChangeBatch batch) {
        journal.apply(offset++, ChangesRecord.newBuilder().setBatch(batch).build());
        seq += batch.getRecordCount();
    }

    private StreamRecord randomChange() {
        byte[] payload = new byte[BLOCK_BYTES];
        random.nextBytes(payload);
        long at = random.nextLong(volumeBytes / BLOCK_BYTES) * BLOCK_BYTES;
        written.add(at);
        return StreamRecord.Data.of(volume, at, ByteBuffer.wrap(payload), micros, false);
    }

    /**
     * Applies random changes of 4 KiB in batches of a mebibyte, until all is on disk.
     *
     * <p>The batches are made before the clock starts and come again under new numbers; the journal keeps every change and cannot tell.
     *
     * @return seconds
     */
    double apply(long changes) {
        while (pool.size() < POOL_BATCHES) {
            List<StreamRecord> records = new ArrayList<>();
            while (records.size() < CHANGES_PER_BATCH) {
                records.add(randomChange());
            }
            pool.add(seal(records));
        }
        long start = System.nanoTime();
        for (long given = 0; given < changes; given += CHANGES_PER_BATCH) {
            apply(pool.get((int) (offset % POOL_BATCHES)).toBuilder()
                    .setFirstSeq(seq + 1)
                    .build());
            journal.commit();
        }
        journal.flush();
        return (System.nanoTime() - start) / 1e9;
    }

    /** Lists checkpoints, each after a change of its own, as under a steady load. */
    void list(int count) {
        for (int i = 0; i < count; i++) {
            micros += STEP_MICROS;
            apply(seal(List.of(randomChange())));
            CheckpointId id = CheckpointId.random();
            journal.apply(
                    offset++,
                    ChangesRecord.newBuilder()
                            .setCheckpoint(CheckpointRecord.newBuilder()
                                    .setCheckpointId(id.toString())
                                    .setKind(CheckpointKind.CRASH)
                                    .setCutAtMicros(micros)
                                    .setVolumeCount(1)
                                    .setPolicyRevision(1)
                                    .addPositions(StreamPosition.newBuilder()
                                            .setAgentId(stream.agent().toString())
                                            .setEpoch(1)
                                            .setSeq(seq)))
                            .build());
            checkpoints.add(id);
        }
        journal.commit();
        journal.flush();
        if (journal.checkpointCount() != checkpoints.size()) {
            throw new IllegalStateException("%d checkpoints are listed, %d were given"
                    .formatted(journal.checkpointCount(), checkpoints.size()));
        }
    }

    /** Milliseconds for opening a random checkpoint and reading a random block; the second of two passes, the first is for the compiler. */
    Samples open(int rounds) throws IOException {
        openOnce(rounds);
        return openOnce(rounds);
    }

    private Samples openOnce(int rounds) throws IOException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            CheckpointId checkpoint = checkpoints.get(random.nextInt(checkpoints.size()));
            long at = random.nextLong(volumeBytes / BLOCK_BYTES) * BLOCK_BYTES;
            long start = System.nanoTime();
            try (ExportCatalog.Lease lease = exports.open(JournalExports.nameOf(stream.pg(), volume, checkpoint))) {
                lease.device().read(at, ByteBuffer.allocate(BLOCK_BYTES));
            }
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return new Samples(millis);
    }

    /** Milliseconds for reading a block that was written at some time, as of a random LSN; the second of two passes. */
    Samples readAsOf(int rounds) throws IOException {
        readOnce(rounds);
        return readOnce(rounds);
    }

    private Samples readOnce(int rounds) throws IOException {
        VolumeSlot slot = journal.snapshot().manifest().protectedVolumes().getFirst();
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            Lsn lsn = Lsn.of(1 + random.nextLong(changes()));
            long at = written.get(random.nextInt(written.size()));
            ByteBuffer into = ByteBuffer.allocate(BLOCK_BYTES);
            long start = System.nanoTime();
            PointReader reader = journal.reader(slot, lsn);
            reader.read(at, into);
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return new Samples(millis);
    }
}
