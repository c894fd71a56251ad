package io.holdfast.journalstore.bench;

import io.holdfast.journalstore.adapter.kafka.WireRecords;
import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.StoreOptions;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.proto.v1.ChangesRecord;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Measures the journal alone, without Kafka: ingest of 4 KiB random changes, time to open a point among few and many checkpoints, reads.
 * Prints one {@code name value unit} per line; arguments: a directory (default: a temporary one) and the MiB to ingest (default 2048).
 */
public final class JournalBench {
    private static final int BLOCK = 4096;
    private static final long VOLUME_BYTES = 8L << 30;

    private final Path directory;
    private final long ingestBytes;
    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final List<VolumeId> volumes = IntStream.range(0, 32)
            .mapToObj(_ -> group.volume(agent, VOLUME_BYTES))
            .toList();
    private final VolumeId volume = volumes.getFirst();
    private final Random random = new Random(42);
    private long offset;
    private long micros = 1_767_225_600_000_000L;

    private JournalBench(Path directory, long ingestBytes) {
        this.directory = directory;
        this.ingestBytes = ingestBytes;
    }

    public static void main(String[] arguments) throws Exception {
        Path parent = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("journal-bench");
        long mebibytes = arguments.length > 1 ? Long.parseLong(arguments[1]) : 2048;
        new JournalBench(Files.createTempDirectory(parent, "run"), mebibytes << 20).run();
    }

    private void run() throws Exception {
        StoreOptions options = new StoreOptions(
                "bench",
                384L << 20,
                256L << 20,
                128L << 20,
                Duration.ofSeconds(60),
                Duration.ZERO,
                1 << 20,
                64,
                1L << 40,
                Duration.ofSeconds(30),
                "",
                "127.0.0.1:10809");
        try (JournalStore store = JournalStore.open(directory, options)) {
            Journal journal = store.follow(group.policy()).orElseThrow();
            for (VolumeId each : volumes) {
                apply(journal, agent.batch(TestAgent.syncStarted(each, micros), TestAgent.syncCompleted(each, micros)));
            }
            journal.commit();
            ingest(journal);
            UUID first = listCheckpoints(journal, 10);
            opening(store, first, "10");
            listCheckpoints(journal, 100_000);
            opening(store, first, "100k");
            reads(journal);
        }
    }

    private void apply(Journal journal, ChangesRecord record) {
        journal.apply(offset++, record);
    }

    /** Batches of 1 MiB as they come from Kafka: as bytes, to be parsed, checked and stored. */
    private void ingest(Journal journal) throws Exception {
        List<byte[]> prepared = new ArrayList<>();
        int distinct = 64;
        byte[] payload = new byte[BLOCK];
        for (int i = 0; i < distinct; i++) {
            List<StreamRecord> records = new ArrayList<>();
            for (int c = 0; c < 256; c++) {
                random.nextBytes(payload);
                long block = random.nextLong(VOLUME_BYTES / BLOCK);
                records.add(TestAgent.data(volume, block, payload.clone(), micros));
            }
            prepared.add(agent.batch(1, 1, records).toByteArray());
        }
        // The first quarter warms the code up and fills the write buffers; what counts is the rate that lasts.
        long warm = (ingestBytes >> 20) / 4;
        long batches = (ingestBytes >> 20) - warm;
        long began = System.nanoTime();
        double cpuBefore = cpuMillis();
        for (long i = -warm; i < batches; i++) {
            if (i == 0) {
                began = System.nanoTime();
                cpuBefore = cpuMillis();
            }
            ChangesRecord record = WireRecords.parse(prepared.get((int) Math.floorMod(i, (long) distinct)));
            // The same content again under the stream's next seqs.
            ChangesRecord.Builder next = record.toBuilder();
            // The body does not name the volume: each round of bodies goes to another one.
            VolumeId target = volumes.get((int) Math.floorMod(i / distinct, (long) volumes.size()));
            next.getBatchBuilder().setFirstSeq(agent.seq + 1).setVolumeIds(0, target.toString());
            agent.seq += 256;
            apply(journal, next.build());
        }
        journal.commit();
        journal.flush();
        double seconds = (System.nanoTime() - began) / 1e9;
        print("journal_ingest_4k_random", batches / seconds, "MiB/s");
        // Says the same on a busy machine as on an idle one.
        print("journal_ingest_4k_random_cpu", (cpuMillis() - cpuBefore) / batches, "ms/MiB");
        print("journal_ingest_4k_random_changes", batches * 256 / seconds, "changes/s");
    }

    private static double cpuMillis() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e6;
    }

    private UUID listCheckpoints(Journal journal, int count) {
        UUID first = null;
        for (int i = 0; i < count; i++) {
            UUID id = UUID.randomUUID();
            first = first == null ? id : first;
            apply(journal, group.checkpoint(id, micros += 1_000_000));
        }
        journal.commit();
        journal.flush();
        return first;
    }

    private void opening(JournalStore store, UUID checkpoint, String among) throws Exception {
        JournalExports exports = new JournalExports(store, _ -> {}, Fetchers.none());
        String name = JournalExports.nameOf(group.pg, volume, new CheckpointId(checkpoint));
        long[] nanos = new long[200];
        for (int i = 0; i < nanos.length; i++) {
            long began = System.nanoTime();
            try (ExportCatalog.Lease lease = exports.open(name)) {
                lease.device().read(0, ByteBuffer.allocate(BLOCK));
            }
            nanos[i] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        print("open_point_and_read_block_p50_of_" + among, nanos[nanos.length / 2] / 1e6, "ms");
        print("open_point_and_read_block_max_of_" + among, nanos[nanos.length - 1] / 1e6, "ms");
    }

    private void reads(Journal journal) throws Exception {
        try (OpenPoint point =
                new io.holdfast.journalstore.adapter.rocksdb.JournalPoints(journal).open(new Point.Latest())) {
            VolumeSlot slot = point.volumes().getFirst();
            var reader = journal.reader(slot, point.lsn());
            ByteBuffer one = ByteBuffer.allocateDirect(BLOCK);
            long began = System.nanoTime();
            int count = 50_000;
            for (int i = 0; i < count; i++) {
                reader.read(random.nextLong(VOLUME_BYTES / BLOCK) * BLOCK, one.clear());
            }
            print("as_of_random_reads", count / ((System.nanoTime() - began) / 1e9), "reads/s");
            ByteBuffer large = ByteBuffer.allocateDirect(1 << 20);
            began = System.nanoTime();
            long bytes = 2L << 30;
            for (long at = 0; at < bytes; at += large.capacity()) {
                reader.read(at, large.clear());
            }
            print("as_of_sequential_read", (bytes >> 20) / ((System.nanoTime() - began) / 1e9), "MiB/s");
        }
    }

    private static void print(String name, double value, String unit) {
        System.out.printf(Locale.ROOT, "%s %.2f %s%n", name, value, unit);
    }
}
