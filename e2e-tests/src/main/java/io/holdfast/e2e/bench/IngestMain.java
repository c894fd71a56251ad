package io.holdfast.e2e.bench;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.RecordCodec;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.Codec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Gives a journal what its partition reader would: sealed batches of 1 MiB, checked, opened, decided on, committed, flushed.
 *
 * <p>Batches are made before the clock starts. There are {@value #POOL_MEBIBYTES} MiB of them, given again and again under new numbers, so
 * only their headers are new; the journal keeps every change and cannot tell. The first pass is a warm-up on a journal of its own. The
 * result counts until the final flush has returned: bytes that only lie in write buffers are not called stored.
 */
public final class IngestMain {
    static final String RESULT = "ingest MB/s: ";

    private static final int POOL_MEBIBYTES = 256;
    private static final int BATCH_BYTES = 1 << 20;
    private static final long VOLUME_BYTES = 64L << 30;
    private static final long MIB = 1 << 20;

    private final int changeBytes;
    private final SplittableRandom random = new SplittableRandom(5);
    private final AgentId agent = AgentId.random();
    private final VolumeId volume = VolumeId.random();
    private final List<ChangeBatch> pool = new ArrayList<>();

    private IngestMain(int changeBytes) {
        this.changeBytes = changeBytes;
    }

    /** @param arguments folder, MiB to ingest, bytes per change */
    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        long bytes = Long.parseLong(arguments[1]) * MIB;
        IngestMain ingest = new IngestMain(Integer.parseInt(arguments[2]));
        ingest.fillPool();
        try (JournalStore store = BenchStore.open(folder)) {
            ingest.run(ingest.create(store), POOL_MEBIBYTES * MIB);
            System.out.println(ingest.run(ingest.create(store), bytes));
        }
    }

    private void fillPool() {
        byte[] payload = new byte[changeBytes];
        ByteBuffer records = ByteBuffer.allocate(BATCH_BYTES);
        for (int i = 0; i < POOL_MEBIBYTES; i++) {
            records.clear();
            int count = 0;
            while (records.remaining() >= RecordCodec.HEADER_BYTES + changeBytes) {
                random.nextBytes(payload);
                long offset = random.nextLong(VOLUME_BYTES / changeBytes) * changeBytes;
                RecordCodec.encode(
                        StreamRecord.Data.of(volume, offset, ByteBuffer.wrap(payload.clone()), now(), false),
                        0,
                        records);
                count++;
            }
            pool.add(Batches.seal(
                    new StreamId(agent, PgId.random()),
                    new Epoch(1),
                    Seq.FIRST,
                    List.of(volume),
                    count,
                    records.flip(),
                    Codec.NONE,
                    Optional.empty(),
                    now()));
        }
    }

    private static long now() {
        return System.currentTimeMillis() * 1_000;
    }

    private Journal create(JournalStore store) {
        return BenchStore.journal(store, PgId.random(), agent, volume, VOLUME_BYTES);
    }

    private String run(Journal journal, long bytes) {
        String pg = journal.snapshot().manifest().pg().toString();
        long seq = 1;
        long given = 0;
        long start = System.nanoTime();
        for (long offset = 0; given < bytes; offset++) {
            ChangeBatch next = pool.get((int) (offset % pool.size())).toBuilder()
                    .setPgId(pg)
                    .setFirstSeq(seq)
                    .build();
            journal.apply(offset, ChangesRecord.newBuilder().setBatch(next).build());
            journal.commit();
            seq += next.getRecordCount();
            given += (long) next.getRecordCount() * changeBytes;
        }
        double applied = (System.nanoTime() - start) / 1e9;
        journal.flush();
        double durable = (System.nanoTime() - start) / 1e9;
        long changes = journal.snapshot().head().value();
        if (changes != given / changeBytes) {
            throw new IllegalStateException(
                    "%d changes were given, the journal has %d".formatted(given / changeBytes, changes));
        }
        return JournalAlone.line(RESULT, given / 1e6 / durable, given / 1e6 / applied);
    }
}
