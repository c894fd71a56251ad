package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads into direct buffers, as the NBD server does: large changes come to where their bytes belong without a copy, and their headers lie over neighbours on
 * the way. Large changes at any alignment, cut by small ones, zeroes and ageing, while others read.
 */
class LargeReadsTest {
    private static final int BLOCKS = 1024;
    private static final int READERS = 4;
    private static final int ROUNDS = 8;
    private static final byte GUARD = 0x5A;
    private static final int GUARD_BYTES = 64;

    @TempDir
    Path data;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final TestGroup group = new TestGroup().history(Duration.ofSeconds(20));
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, BLOCKS * 4096L);
    private final byte[] source = new byte[BLOCKS * 4096];
    private final ExecutorService readers = Executors.newFixedThreadPool(READERS);
    private final AtomicInteger compared = new AtomicInteger();
    private long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("2026-01-01T00:00:00Z"));
    private StoreFixture fixture;

    @BeforeEach
    void aVolumeInSync() {
        fixture = new StoreFixture(data, group).start();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, micros)));
        fixture.put(agent.batch(TestAgent.syncCompleted(volume, micros)));
    }

    @AfterEach
    void close() throws Exception {
        readers.shutdown();
        assertThat(readers.awaitTermination(120, TimeUnit.SECONDS)).isTrue();
        fixture.close();
    }

    @RepeatedTest(2)
    void pieces_of_any_size_and_place_hold_the_points_bytes_and_nothing_beside_them_is_touched() throws Exception {
        long agedTo = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int batch = 0; batch < 6; batch++) {
                fixture.put(agent.batch(writes()));
            }
            CheckpointId id = checkpoint();
            List<Future<?>> reading = new ArrayList<>();
            byte[] expected = source.clone();
            for (int reader = 0; reader < READERS; reader++) {
                OpenPoint open = fixture.points().open(new Point.AtCheckpoint(id));
                long own = random.nextLong();
                reading.add(readers.submit(() -> {
                    compare(open, expected, new Random(own));
                    return null;
                }));
            }
            // What they read goes out of the journal's history and into the image meanwhile, up to their point.
            fixture.put(agent.batch(writes()));
            micros += 5_000_000;
            checkpoint();
            fixture.ageAll(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
            for (Future<?> one : reading) {
                one.get(120, TimeUnit.SECONDS);
            }
            agedTo = fixture.journal().tail().value();
        }
        assertThat(agedTo).as("ageing went on, seed %d", seed).isPositive();
        assertThat(compared.get()).as("pieces read, seed %d", seed).isEqualTo(ROUNDS * READERS * 40);
    }

    @Test
    void a_large_change_that_rotted_is_refused_and_its_neighbours_read_as_before() throws Exception {
        int[] fills = {11, 12, 13};
        for (int i = 0; i < fills.length; i++) {
            fixture.put(agent.batch(TestAgent.filled(volume, i * 16L, 16, fills[i], micros)));
        }
        CheckpointId id = checkpoint();
        fixture.journal().flush();
        fixture.store.close();
        flipInBlobOf((byte) 12);
        fixture.start();
        try (OpenPoint open = fixture.points().open(new Point.AtCheckpoint(id))) {
            PointReader reader = fixture.journal().reader(open.volumes().getFirst(), open.lsn());
            ByteBuffer into = ByteBuffer.allocateDirect(3 << 16);
            assertThatThrownBy(() -> reader.read(0, into))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(JournalError.JOURNAL_DAMAGED))
                    .hasMessageContaining("change 2")
                    .hasMessageContaining("block 16");
            for (int sound : new int[] {0, 2}) {
                byte[] read = new byte[1 << 16];
                ByteBuffer part = ByteBuffer.allocateDirect(1 << 16);
                reader.read((long) sound << 16, part);
                part.flip().get(read);
                assertThat(read).containsOnly((byte) fills[sound]);
            }
        }
    }

    private void flipInBlobOf(byte fill) throws IOException {
        try (Stream<Path> files = Files.list(JournalFiles.of(data, group.pg).database())) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".blob")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int at = 0; at + 60_000 < bytes.length; at++) {
                    if (bytes[at] == fill && bytes[at + 30_000] == fill && bytes[at + 60_000] == fill) {
                        bytes[at + 30_000] ^= 1;
                        Files.write(file, bytes);
                        return;
                    }
                }
            }
        }
        throw new AssertionError("no blob is filled with " + fill);
    }

    private void compare(OpenPoint open, byte[] expected, Random own) throws Exception {
        try (open) {
            PointReader reader = fixture.journal().reader(open.volumes().getFirst(), open.lsn());
            for (int piece = 0; piece < 40; piece++) {
                boolean whole = own.nextBoolean();
                int unit = whole ? 4096 : 512;
                int from = own.nextInt(source.length / unit) * unit;
                int bytes = Math.min(source.length - from, (1 + own.nextInt((1 << 20) / unit)) * unit);
                ByteBuffer into = ByteBuffer.allocateDirect(bytes + 2 * GUARD_BYTES);
                for (int i = 0; i < into.capacity(); i++) {
                    into.put(i, GUARD);
                }
                reader.read(from, into.slice(GUARD_BYTES, bytes));
                byte[] read = new byte[bytes];
                into.get(GUARD_BYTES, read);
                int wrong = Arrays.mismatch(read, 0, bytes, expected, from, from + bytes);
                assertThat(wrong)
                        .as("first wrong byte of %d at %d as of LSN %s, seed %d", bytes, from, open.lsn(), seed)
                        .isEqualTo(-1);
                for (int i = 0; i < GUARD_BYTES; i++) {
                    assertThat(into.get(i))
                            .as("byte %d before, seed %d", i, seed)
                            .isEqualTo(GUARD);
                    assertThat(into.get(GUARD_BYTES + bytes + i))
                            .as("byte %d behind, seed %d", i, seed)
                            .isEqualTo(GUARD);
                }
                compared.incrementAndGet();
            }
        }
    }

    private CheckpointId checkpoint() {
        UUID id = UUID.randomUUID();
        fixture.put(group.checkpoint(id, micros));
        return new CheckpointId(id);
    }

    private List<StreamRecord> writes() {
        List<StreamRecord> records = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            micros += 100_000;
            int block = random.nextInt(BLOCKS);
            int most =
                    switch (random.nextInt(4)) {
                        case 0 -> 1;
                        case 1 -> 3;
                        default -> 200;
                    };
            int blocks = Math.min(BLOCKS - block, 1 + random.nextInt(most));
            int at = block * 4096;
            if (random.nextInt(8) == 0) {
                records.add(TestAgent.zero(volume, block, blocks, micros));
                Arrays.fill(source, at, at + blocks * 4096, (byte) 0);
            } else {
                byte[] bytes = new byte[blocks * 4096];
                random.nextBytes(bytes);
                records.add(TestAgent.data(volume, block, bytes, micros));
                System.arraycopy(bytes, 0, source, at, bytes.length);
            }
        }
        return records;
    }
}
