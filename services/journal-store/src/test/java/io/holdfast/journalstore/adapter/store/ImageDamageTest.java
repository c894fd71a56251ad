package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bits that flip in a replica image, or in its checksums, are never read as data. */
class ImageDamageTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path data;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final Scenario scenario = new Scenario(seed, START);
    private StoreFixture fixture;

    @BeforeEach
    void aJournalThatHasAged() {
        scenario.group.history(Duration.ofSeconds(60));
        fixture = new StoreFixture(data, scenario.group).start();
        for (int i = 0; i < 150; i++) {
            fixture.put(scenario.next());
        }
        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(140));
        assertThat(fixture.journal().tail().value()).as("seed %d", seed).isPositive();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Path image() {
        return JournalFiles.of(data, scenario.group.pg).images().resolve(scenario.volume() + ".raw");
    }

    private Path sums() {
        return image().resolveSibling(image().getFileName() + ".crc");
    }

    private Checkpoint oldest() {
        List<Checkpoint> all = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true);
        return all.getLast();
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), at);
        }
    }

    @Test
    void wherever_a_bit_of_the_image_flips_a_read_is_right_or_an_error_that_names_the_block() throws Exception {
        int refused = 0;
        for (int round = 0; round < 60; round++) {
            long block = random.nextInt(Scenario.BLOCKS);
            long at = block * 4096 + random.nextInt(4096);
            flip(image(), at);
            try {
                byte[] bytes = fixture.read(new Point.AtCheckpoint(oldest().id()), scenario.volume());
                assertThat(Scenario.sums(bytes))
                        .as("a read that was not refused, seed %d", seed)
                        .isEqualTo(scenario.expected.get(oldest().id().value()));
            } catch (HoldfastException damaged) {
                assertThat(damaged.code()).isEqualTo(JournalError.JOURNAL_DAMAGED);
                assertThat(damaged).hasMessageContaining("block " + block + " of volume index 0");
                refused++;
            }
            flip(image(), at);
        }
        assertThat(refused)
                .as("flips that were in the way of a read, seed %d", seed)
                .isGreaterThan(20);
        fixture.read(new Point.AtCheckpoint(oldest().id()), scenario.volume());
    }

    @Test
    void a_block_of_zeroes_has_a_checksum_as_well() throws Exception {
        int[] sums = scenario.expected.get(oldest().id().value());
        int zero = Scenario.sums(new byte[4096])[0];
        int block = 0;
        while (sums[block] != zero) {
            block++;
        }
        flip(image(), block * 4096L);
        assertThatThrownBy(() -> fixture.read(new Point.AtCheckpoint(oldest().id()), scenario.volume()))
                .as("block %d, seed %d", block, seed)
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("block " + block);
    }

    @Test
    void without_the_checksum_file_the_image_is_read_as_before_and_nothing_of_it_counts_as_known() throws Exception {
        fixture.store.close();
        Files.delete(sums());
        fixture.start();
        byte[] bytes = fixture.read(new Point.AtCheckpoint(oldest().id()), scenario.volume());
        assertThat(Scenario.sums(bytes))
                .isEqualTo(scenario.expected.get(oldest().id().value()));
        // The file is there again and says that it knows nothing: the next start must not take its zeroes for
        // checksums.
        fixture.restart();
        bytes = fixture.read(new Point.AtCheckpoint(oldest().id()), scenario.volume());
        assertThat(Scenario.sums(bytes))
                .isEqualTo(scenario.expected.get(oldest().id().value()));
    }

    @Test
    void a_damaged_header_of_the_checksum_file_costs_the_checks_and_no_answer() throws Exception {
        fixture.store.close();
        flip(sums(), random.nextInt(20));
        fixture.start();
        byte[] bytes = fixture.read(new Point.AtCheckpoint(oldest().id()), scenario.volume());
        assertThat(Scenario.sums(bytes))
                .isEqualTo(scenario.expected.get(oldest().id().value()));
    }
}
