package io.holdfast.e2e.bench;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.RecordCodec;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointRecord;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.StreamPosition;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Opening one of many checkpoints and reading a block, inside the journal-store's own code: nothing of REST, NBD or this machine's other
 * work is in it, so a dependence on the number of checkpoints would show.
 */
public final class OpenAmongMain {
    static final String RESULT = "open p50 ms: ";
    static final int FEW = 10;
    static final int MANY = 100_000;

    private static final long VOLUME_BYTES = 1L << 30;
    private static final int ROUNDS = 400;

    private final SplittableRandom random = new SplittableRandom(3);
    private final StreamId stream = new StreamId(AgentId.random(), PgId.random());
    private final VolumeId volume = VolumeId.random();
    private final List<CheckpointId> checkpoints = new ArrayList<>();
    private long offset;
    private long seq;
    private long micros = System.currentTimeMillis() * 1_000;

    private OpenAmongMain() {}

    /** @param arguments an empty folder */
    public static void main(String[] arguments) throws Exception {
        try (JournalStore store = BenchStore.open(Path.of(arguments[0]))) {
            new OpenAmongMain().run(store);
        }
    }

    private void run(JournalStore store) throws Exception {
        var slot = new JournalPolicy.Volume(volume, "disk", VmId.random(), "vm", stream.agent(), VOLUME_BYTES);
        Journal journal = store.follow(new JournalPolicy(
                        stream.pg(),
                        1,
                        "bench",
                        JournalPolicy.State.REPLICATE,
                        0,
                        List.of(slot),
                        Duration.ofHours(24),
                        0))
                .orElseThrow();
        apply(
                journal,
                List.of(
                        new StreamRecord.SyncStarted(volume, SyncKind.FULL, micros),
                        new StreamRecord.SyncCompleted(volume, micros)));
        list(journal, FEW);
        JournalExports exports = new JournalExports(store, _ -> {});
        // The code is compiled by the first pass; the second is the one that counts.
        open(exports);
        double few = open(exports).median();
        list(journal, MANY - FEW);
        if (journal.checkpointCount() != MANY) {
            throw new IllegalStateException("%d checkpoints are listed".formatted(journal.checkpointCount()));
        }
        open(exports);
        System.out.println(JournalAlone.line(RESULT, few, open(exports).median()));
    }

    private void apply(Journal journal, List<StreamRecord> records) {
        ByteBuffer encoded = ByteBuffer.allocate(
                records.stream().mapToInt(RecordCodec::encodedLength).sum());
        records.forEach(record -> RecordCodec.encode(record, 0, encoded));
        journal.apply(
                offset++,
                ChangesRecord.newBuilder()
                        .setBatch(Batches.seal(
                                stream,
                                new Epoch(1),
                                new Seq(seq + 1),
                                List.of(volume),
                                records.size(),
                                encoded.flip(),
                                Codec.NONE,
                                Optional.empty(),
                                micros))
                        .build());
        seq += records.size();
    }

    /** Each checkpoint after a change of its own, as under a steady load. */
    private void list(Journal journal, int count) {
        byte[] payload = new byte[4096];
        for (int i = 0; i < count; i++) {
            micros += 1_000_000;
            random.nextBytes(payload);
            long at = random.nextLong(VOLUME_BYTES / 4096) * 4096;
            apply(journal, List.of(StreamRecord.Data.of(volume, at, ByteBuffer.wrap(payload), micros, false)));
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
    }

    private Samples open(JournalExports exports) throws Exception {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            CheckpointId checkpoint = checkpoints.get(random.nextInt(checkpoints.size()));
            long at = random.nextLong(VOLUME_BYTES / 4096) * 4096;
            long start = System.nanoTime();
            try (ExportCatalog.Lease lease = exports.open(JournalExports.nameOf(stream.pg(), volume, checkpoint))) {
                lease.device().read(at, ByteBuffer.allocate(4096));
            }
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return new Samples(millis);
    }
}
