package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random streams against a plain model: arrays, of which every checkpoint keeps a checksum per block (invariants 1, 3 and 4). Several agents, new epochs,
 * resends, gaps, delivery again from earlier positions, crashes, clean restarts, ageing, leases.
 */
class JournalModelTest {
    private static final int BLOCKS = 700;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    static List<Long> seeds() {
        String given = System.getProperty("holdfast.seed");
        if (given != null) {
            return List.of(Long.parseLong(given));
        }
        List<Long> seeds = new ArrayList<>(List.of(1L, 2L));
        seeds.add(new Random().nextLong());
        return seeds;
    }

    @TempDir
    Path data;

    @ParameterizedTest(name = "seed {0}; repeat with -Dholdfast.seed={0}")
    @MethodSource("seeds")
    void every_listed_checkpoint_reads_as_the_source_was(long seed) throws Exception {
        new Run(seed).play(400);
    }

    private final class Run {
        final Random random;
        final TestGroup group = new TestGroup().history(Duration.ofMinutes(10));
        final StoreFixture fixture;
        final Map<VolumeId, byte[]> source = new LinkedHashMap<>();
        final Map<UUID, Map<VolumeId, int[]>> expected = new HashMap<>();
        final Map<OpenPoint, UUID> openPoints = new HashMap<>();
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, START);
        int inconsistent;

        Run(long seed) throws Exception {
            random = new Random(seed);
            for (int a = 0; a < 2; a++) {
                TestAgent agent = group.agent();
                for (int v = 0; v <= a; v++) {
                    source.put(group.volume(agent, BLOCKS * 4096L), new byte[BLOCKS * 4096]);
                }
            }
            fixture = new StoreFixture(Files.createDirectory(data.resolve("s" + seed)), group).start();
        }

        void play(int steps) throws Exception {
            for (TestAgent agent : group.agents) {
                fullSync(agent);
            }
            for (int step = 0; step < steps; step++) {
                micros += random.nextInt(3_000_000);
                switch (random.nextInt(20)) {
                    case 0 -> newEpoch();
                    case 1 -> resend();
                    case 2 -> crash();
                    case 3 -> fixture.replayFrom(random.nextInt(fixture.log.size()));
                    case 4 -> fixture.journal().flush();
                    case 5, 6 -> fixture.ageAll(now());
                    case 7 -> lease();
                    case 8 -> unlease();
                    case 9, 10, 11, 12 -> checkpoint();
                    case 13 -> fixture.reopenOrRestart(random);
                    default -> writes();
                }
                if (step % 50 == 49) {
                    compare(8);
                }
            }
            compare(Integer.MAX_VALUE);
            assertThat(expected).as("the run cut checkpoints at all").isNotEmpty();
            openPoints.keySet().forEach(OpenPoint::close);
            fixture.close();
        }

        Instant now() {
            return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        }

        void fullSync(TestAgent agent) {
            for (VolumeId volume : agent.volumes) {
                fixture.put(agent.batch(TestAgent.syncStarted(volume, micros)));
                byte[] bytes = source.get(volume);
                for (int block = 0; block < BLOCKS; block += 256) {
                    int blocks = Math.min(256, BLOCKS - block);
                    byte[] part = Arrays.copyOfRange(bytes, block * 4096, (block + blocks) * 4096);
                    fixture.put(agent.batch(TestAgent.data(volume, block, part, micros)));
                }
                fixture.put(agent.batch(TestAgent.syncCompleted(volume, micros)));
            }
        }

        void newEpoch() {
            TestAgent agent = group.agents.get(random.nextInt(group.agents.size()));
            if (random.nextBoolean()) {
                // A lost batch: the journal must not go on from here until the new epoch.
                agent.batch(randomRecords(agent));
                fixture.put(agent.batch(randomRecords(agent)));
                assertThat(fixture.journal().snapshot().hasGap()).isTrue();
            }
            agent.newEpoch();
            fullSync(agent);
            assertThat(fixture.journal().snapshot().hasGap()).isFalse();
        }

        List<StreamRecord> randomRecords(TestAgent agent) {
            List<StreamRecord> records = new ArrayList<>();
            for (int i = random.nextInt(6) + 1; i > 0; i--) {
                VolumeId volume = agent.volumes.get(random.nextInt(agent.volumes.size()));
                micros += random.nextInt(2000);
                int block = random.nextInt(BLOCKS);
                int blocks = Math.min(BLOCKS - block, random.nextInt(8) == 0 ? random.nextInt(256) + 1 : 1);
                byte[] bytes = new byte[blocks * 4096];
                if (random.nextInt(6) == 0) {
                    int many = Math.min(BLOCKS - block, random.nextInt(600) + 1);
                    records.add(TestAgent.zero(volume, block, many, micros));
                    Arrays.fill(source.get(volume), block * 4096, (block + many) * 4096, (byte) 0);
                } else {
                    random.nextBytes(bytes);
                    records.add(TestAgent.data(volume, block, bytes, micros));
                    System.arraycopy(bytes, 0, source.get(volume), block * 4096, bytes.length);
                }
            }
            return records;
        }

        void writes() {
            TestAgent agent = group.agents.get(random.nextInt(group.agents.size()));
            fixture.put(agent.batch(randomRecords(agent)));
        }

        void resend() {
            int from = random.nextInt(fixture.log.size());
            int to = Math.min(fixture.log.size(), from + 5);
            for (var record : List.copyOf(fixture.log.subList(from, to))) {
                fixture.put(record);
            }
        }

        void crash() {
            fixture.crash();
            openPoints.clear();
            fixture.catchUp();
        }

        void checkpoint() {
            UUID id = UUID.randomUUID();
            Map<VolumeId, int[]> image = new HashMap<>();
            source.forEach((volume, bytes) -> image.put(volume, blockSums(bytes)));
            fixture.put(group.checkpoint(id, micros));
            expected.put(id, image);
        }

        void lease() {
            List<Checkpoint> all = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true);
            if (!all.isEmpty() && openPoints.size() < 4) {
                Checkpoint chosen = all.get(random.nextInt(all.size()));
                openPoints.put(
                        fixture.points().open(new Point.AtCheckpoint(chosen.id())),
                        chosen.id().value());
            }
        }

        void unlease() {
            openPoints.keySet().stream().findFirst().ifPresent(point -> {
                point.close();
                openPoints.remove(point);
            });
        }

        void compare(int atMost) throws Exception {
            List<Checkpoint> listed = fixture.points().list(Long.MAX_VALUE, 10_000, _ -> true);
            assertThat(listed).as("the newest checkpoint is never aged").isNotEmpty();
            openPoints.values().forEach(id -> assertThat(listed)
                    .as("a leased checkpoint stays")
                    .anyMatch(one -> one.id().value().equals(id) || isOlderSibling(one, id)));
            List<Checkpoint> compared = new ArrayList<>(listed);
            Collections.shuffle(compared, random);
            for (Checkpoint checkpoint : compared.subList(0, Math.min(atMost, compared.size()))) {
                Map<VolumeId, int[]> images = expected.get(checkpoint.id().value());
                for (VolumeId volume : source.keySet()) {
                    byte[] read = fixture.read(new Point.AtCheckpoint(checkpoint.id()), volume);
                    int difference = Arrays.mismatch(blockSums(read), images.get(volume));
                    assertThat(difference)
                            .as(
                                    "first wrong block of volume %s at checkpoint %d, lsn %s, tail %s",
                                    volume,
                                    checkpoint.ordinal(),
                                    checkpoint.lsn(),
                                    fixture.journal().tail())
                            .isEqualTo(-1);
                }
            }
        }

        static int[] blockSums(byte[] bytes) {
            int[] sums = new int[bytes.length / 4096];
            for (int block = 0; block < sums.length; block++) {
                sums[block] = Crc32c.of(ByteBuffer.wrap(bytes, block * 4096, 4096));
            }
            return sums;
        }

        /** The lease is on the LSN: the bytes stay, while the entry may leave the list with the window. */
        private boolean isOlderSibling(Checkpoint one, UUID id) {
            try {
                fixture.points().require(new CheckpointId(id));
                return true;
            } catch (io.holdfast.kernel.error.HoldfastException expired) {
                return one.lsn().value() >= fixture.journal().tail().value();
            }
        }
    }
}
