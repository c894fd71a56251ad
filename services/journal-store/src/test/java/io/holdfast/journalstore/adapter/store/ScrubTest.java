package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.integrity.DamagedRange;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.ScrubResult;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rot on the disk: found, marked, asked for again, covered by newer data, and never read. */
class ScrubTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path data;

    private StoreFixture fixture;

    @AfterEach
    void close() {
        fixture.close();
    }

    private JournalSlot.Open slot() {
        return (JournalSlot.Open) fixture.store.slot(fixture.group.pg).orElseThrow();
    }

    private ScrubResult scrub() {
        return fixture.store.scrubs().check(fixture.group.pg, _ -> {}).orElseThrow();
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), at);
        }
    }

    private List<Path> blobs() throws IOException {
        try (Stream<Path> all =
                Files.list(JournalFiles.of(data, fixture.group.pg).database())) {
            return all.filter(path -> path.toString().endsWith(".blob"))
                    .sorted()
                    .toList();
        }
    }

    /** Flips a bit in the payload of the blob whose blocks are all filled with {@code fill}. */
    private void rotPayloadOf(int fill) throws IOException {
        for (Path blob : blobs()) {
            byte[] bytes = Files.readAllBytes(blob);
            for (int at = 0; at + 4096 < bytes.length; at++) {
                if (bytes[at] == fill && bytes[at + 2000] == fill && bytes[at + 1000] == fill) {
                    flip(blob, at + 500);
                    return;
                }
            }
        }
        throw new AssertionError("no blob holds blocks of " + fill);
    }

    /** Change n fills block n with the byte n, 1 to {@code count}; a checkpoint behind each. */
    private VolumeId journalOfBlocks(int count) {
        TestGroup group = new TestGroup().history(Duration.ofSeconds(30));
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 64 * 4096);
        fixture = new StoreFixture(data, group).start();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
        for (int n = 1; n <= count; n++) {
            fixture.put(agent.batch(TestAgent.filled(volume, n, 1, n, START + n * 1_000_000L)));
            fixture.put(group.checkpoint(new UUID(0, n), START + n * 1_000_000L));
        }
        return volume;
    }

    private void write(VolumeId volume, int block, int fill, long second) {
        TestAgent agent = fixture.group.agents.getFirst();
        fixture.put(agent.batch(TestAgent.filled(volume, block, 1, fill, START + second * 1_000_000L)));
        fixture.put(fixture.group.checkpoint(new UUID(1, second), START + second * 1_000_000L));
    }

    private void restartAfterRot(int fill) throws IOException {
        fixture.store.close();
        rotPayloadOf(fill);
        fixture.start();
    }

    private Instant at(long second) {
        return Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(second);
    }

    private List<Long> suspects() {
        return fixture.points().list(Long.MAX_VALUE, 1000, _ -> true).stream()
                .filter(one -> one.marks().suspect().isPresent())
                .map(one -> one.lsn().value())
                .sorted()
                .toList();
    }

    @Test
    void rot_of_the_present_state_is_asked_for_again_until_it_came_and_ageing_goes_past_it() throws Exception {
        VolumeId volume = journalOfBlocks(20);
        restartAfterRot(7);
        List<CheckpointId> told = new ArrayList<>();
        fixture.store.scrubs().onMarked((_, checkpoint) -> told.add(checkpoint.id()));

        assertThat(scrub().findings())
                .extracting(Finding::kind, Finding::lsn, Finding::block, Finding::blocks)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Finding.Kind.CHANGE, 7L, 7L, 1));
        assertThat(slot().scrub().needsResend()).containsExactly(new DamagedRange(0, 7, 1));
        assertThat(slot().scrub().damagedLsn()).isEqualTo(7);
        assertThat(suspects())
                .isEqualTo(Stream.iterate(7L, n -> n + 1).limit(14).toList());
        assertThat(told).hasSize(14);
        assertThat(JournalCondition.of(slot(), true).state()).isEqualTo(JournalCondition.State.DAMAGED);
        Checkpoint suspect = fixture.points().require(new CheckpointId(new UUID(0, 9)));
        assertThat(suspect.marks().suspect().orElseThrow().text())
                .contains("LSN 7")
                .contains("block 7");

        // The source sends the block again.
        write(volume, 7, 77, 40);
        fixture.store.scrubs().refresh(slot());
        assertThat(slot().scrub().needsResend()).isEmpty();
        assertThat(slot().scrub().damagedLsn())
                .as("older checkpoints still have it")
                .isEqualTo(7);
        assertThat(fixture.read(new Point.Latest(), volume)[7 * 4096]).isEqualTo((byte) 77);

        // The window passes the damaged change.
        write(volume, 8, 88, 80);
        fixture.ageAll(at(100));
        assertThat(fixture.journal().tail().value()).isEqualTo(21);
        fixture.store.scrubs().refresh(slot());
        assertThat(slot().scrub().present()).isEmpty();
        assertThat(JournalCondition.of(slot(), true).state()).isEqualTo(JournalCondition.State.APPLYING);
        byte[] newest = fixture.read(new Point.Latest(), volume);
        for (int block = 1; block <= 20; block++) {
            assertThat(newest[block * 4096]).isEqualTo((byte) (block == 7 ? 77 : block == 8 ? 88 : block));
        }
        assertThat(scrub().findings()).isEmpty();
    }

    @Test
    void rot_that_newer_data_had_covered_already_is_history_and_is_not_asked_for() throws Exception {
        VolumeId volume = journalOfBlocks(10);
        write(volume, 7, 77, 11);
        restartAfterRot(7);
        assertThat(scrub().findings()).extracting(Finding::lsn).containsExactly(7L);
        assertThat(slot().scrub().needsResend()).isEmpty();
        assertThat(suspects()).containsExactly(7L, 8L, 9L, 10L);
    }

    @Test
    void a_damaged_change_that_is_aged_leaves_blocks_that_cannot_be_read_until_they_are_written_again()
            throws Exception {
        VolumeId volume = journalOfBlocks(20);
        restartAfterRot(7);
        scrub();
        fixture.ageAll(at(100));
        assertThat(fixture.journal().tail().value()).isEqualTo(20);
        fixture.crash();
        assertThat(slot().scrub().needsResend()).as("known after a restart").containsExactly(new DamagedRange(0, 7, 1));
        try {
            fixture.read(new Point.Latest(), volume);
            throw new AssertionError("damaged bytes were read");
        } catch (HoldfastException refused) {
            assertThat(refused.code()).isEqualTo(JournalError.JOURNAL_DAMAGED);
            assertThat(refused).hasMessageContaining("block 7 ");
        }
        // What the crash took back of the round.
        fixture.ageAll(at(100));
        assertThat(scrub().findings())
                .extracting(Finding::kind, Finding::block)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Finding.Kind.IMAGE, 7L));

        write(volume, 7, 77, 120);
        fixture.ageAll(at(200));
        assertThat(scrub().findings()).isEmpty();
        assertThat(slot().scrub().needsResend()).isEmpty();
        assertThat(fixture.read(new Point.Latest(), volume)[7 * 4096]).isEqualTo((byte) 77);
    }

    @Test
    void rot_of_an_image_concerns_the_checkpoints_that_read_it_and_is_asked_for_while_it_is_the_present_state()
            throws Exception {
        VolumeId volume = journalOfBlocks(40);
        fixture.ageAll(at(40));
        long tail = fixture.journal().tail().value();
        assertThat(tail).isBetween(9L, 11L);
        write(volume, 5, 55, 50);
        Path image = fixture.journal().files().images().resolve(volume + ".raw");
        flip(image, 5 * 4096);
        flip(image, 6 * 4096);
        scrub();
        assertThat(slot().scrub().needsResend()).containsExactly(new DamagedRange(0, 6, 1));
        assertThat(suspects()).as("all from the tail %d on read block 6", tail).hasSize((int) (41 - tail + 1));
        write(volume, 6, 66, 51);
        fixture.store.scrubs().refresh(slot());
        assertThat(slot().scrub().needsResend()).isEmpty();
        assertThat(slot().scrub().present())
                .as("older checkpoints read it still")
                .isNotEmpty();
        fixture.ageAll(at(200));
        fixture.store.scrubs().refresh(slot());
        assertThat(slot().scrub().present()).isEmpty();
    }

    @Test
    void wherever_the_history_rots_what_is_not_marked_suspect_reads_right_after_the_scrub() throws Exception {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        Scenario scenario = new Scenario(seed, START);
        scenario.group.history(Duration.ofSeconds(80));
        fixture = new StoreFixture(data, scenario.group).start();
        for (int i = 0; i < 200; i++) {
            fixture.put(scenario.next());
        }
        fixture.ageAll(at(150));
        int unmarked = 0;
        int marked = 0;
        for (int round = 0; round < 8; round++) {
            fixture.store.close();
            Path blob = blobs().get(random.nextInt(blobs().size()));
            long place = random.nextLong(Files.size(blob));
            flip(blob, place);
            fixture.start();
            scrub();
            for (Checkpoint checkpoint : fixture.points().list(Long.MAX_VALUE, 1000, _ -> true)) {
                String what = "round %d, checkpoint at %s, %s at %d, seed %d"
                        .formatted(round, checkpoint.lsn(), blob.getFileName(), place, seed);
                boolean suspect = checkpoint.marks().suspect().isPresent();
                try {
                    byte[] bytes = fixture.read(new Point.AtCheckpoint(checkpoint.id()), scenario.volume());
                    assertThat(Scenario.sums(bytes))
                            .as(what)
                            .isEqualTo(scenario.expected.get(checkpoint.id().value()));
                } catch (HoldfastException refused) {
                    assertThat(suspect).as("refused, so marked: %s", what).isTrue();
                }
                marked += suspect ? 1 : 0;
                unmarked += suspect ? 0 : 1;
            }
        }
        assertThat(marked).as("seed %d", seed).isPositive();
        assertThat(unmarked).as("seed %d", seed).isPositive();
    }

    @Test
    void a_request_is_carried_out_in_the_background_and_survives_as_a_result() throws Exception {
        journalOfBlocks(5);
        fixture.store.scrubs().start(new Scrubs.Options(1 << 30, Duration.ZERO), _ -> true);
        assertThat(slot().scrub().last()).isEmpty();
        fixture.store.scrubs().request(fixture.group.pg);
        Eventually.await(
                "the scrub comes to its end",
                Duration.ofSeconds(30),
                () -> slot().scrub().last().isPresent(),
                () -> slot().scrub().toString());
        ScrubResult result = slot().scrub().last().orElseThrow();
        assertThat(result.changes()).isEqualTo(5);
        assertThat(result.checkpoints()).isEqualTo(5);
        fixture.restart();
        assertThat(slot().scrub().last()).contains(result);
    }

    @Test
    void each_journal_is_checked_once_a_period_without_being_asked() {
        journalOfBlocks(5);
        fixture.store.scrubs().start(new Scrubs.Options(1 << 30, Duration.ofMillis(1)), _ -> false);
        Eventually.await(
                "a scrub comes by itself",
                Duration.ofSeconds(30),
                () -> slot().scrub().last().isPresent(),
                () -> slot().scrub().toString());
    }
}
