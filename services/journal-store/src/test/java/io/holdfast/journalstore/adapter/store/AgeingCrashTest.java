package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dies at every named place of an ageing round (docs/journal-recovery.md, recovery table), then starts again. */
class AgeingCrashTest {
    private static final long START = 1_767_225_600_000_000L;

    @TempDir
    Path data;

    private static final class Died extends RuntimeException {
        Died(String place) {
            super(place);
        }
    }

    private final Scenario scenario = new Scenario(7, START);
    private StoreFixture fixture;

    private void build() {
        scenario.group.history(Duration.ofSeconds(100));
        fixture = new StoreFixture(data, scenario.group);
        fixture.ageingStepBytes = 1 << 20;
        fixture.start();
        for (int i = 0; i < 150; i++) {
            fixture.put(scenario.next());
        }
    }

    private Instant late() {
        return Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(200);
    }

    @ParameterizedTest(name = "dies at {0}, time {1}")
    @CsvSource({
        "ageing.decided, 1",
        "ageing.promised, 1",
        "ageing.copied, 1",
        "ageing.copied, 17",
        "ageing.copied, 60",
        "ageing.forced, 1",
        "ageing.imaged, 1",
        "ageing.dropped, 1",
        "ageing.promised, 2",
        "ageing.imaged, 2",
        "ageing.dropped, 2",
    })
    void nothing_of_a_checkpoint_is_lost_and_the_round_is_finished_later(String place, int time) throws Exception {
        build();
        List<String> seen = new ArrayList<>();
        fixture.faults = reached -> {
            if (reached.equals(place)) {
                seen.add(reached);
                if (seen.size() == time) {
                    throw new Died(reached);
                }
            }
        };
        fixture.restart();
        boolean died = false;
        try {
            fixture.ageAll(late());
        } catch (Died expected) {
            died = true;
        }
        assertThat(died).as("the round reached %s %d times", place, time).isTrue();

        fixture.faults = _ -> {};
        fixture.crash();
        // What is listed right after the start is whole, even before Kafka has brought the rest again.
        compare();
        fixture.catchUp();
        compare();
        fixture.ageAll(late());
        compare();
        assertThat(fixture.journal().tail().value())
                .as("the tail has moved in the end")
                .isPositive();
        fixture.restart();
        compare();
        fixture.close();
    }

    private void compare() throws IOException {
        for (Checkpoint checkpoint : fixture.points().list(Long.MAX_VALUE, 1000, _ -> true)) {
            assertThat(Scenario.sums(fixture.read(new Point.AtCheckpoint(checkpoint.id()), scenario.volume())))
                    .as(
                            "checkpoint %d, LSN %s, tail %s",
                            checkpoint.ordinal(),
                            checkpoint.lsn(),
                            fixture.journal().tail())
                    .isEqualTo(scenario.expected.get(checkpoint.id().value()));
        }
    }

    @Test
    void aged_changes_leave_the_disk() throws Exception {
        TestGroup group = new TestGroup().history(Duration.ofSeconds(10));
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 1000 * 4096);
        fixture = new StoreFixture(data, group);
        fixture.ageingStepBytes = 16 << 20;
        fixture.start();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
        Random random = new Random(1);
        byte[] bytes = new byte[250 * 4096];
        // The same 4 MiB again and again: the history grows, the replica does not.
        for (int i = 0; i < 100; i++) {
            random.nextBytes(bytes);
            fixture.put(agent.batch(TestAgent.data(volume, 250L * (i % 4), bytes, START + i * 1_000_000L)));
            fixture.put(group.checkpoint(UUID.randomUUID(), START + i * 1_000_000L));
            if (i % 10 == 9) {
                fixture.journal().flush();
            }
        }
        assertThat(databaseBytes()).as("100 MB of history").isGreaterThan(90_000_000);
        byte[] newest = fixture.read(new Point.Latest(), volume);

        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(100));
        // What a round has dropped is freed by the next one, behind a flush.
        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(100));

        assertThat(fixture.journal().liveBytes()).isLessThan(15_000_000);
        Eventually.await(
                "the files of aged changes are gone",
                Duration.ofSeconds(20),
                () -> databaseBytes() < 35_000_000,
                () -> databaseBytes() + " bytes in the database");
        assertThat(fixture.read(new Point.Latest(), volume)).isEqualTo(newest);
        fixture.close();
    }

    private long databaseBytes() {
        try (Stream<Path> files = Files.list(fixture.journal().files().database())) {
            return files.mapToLong(path -> path.toFile().length()).sum();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void readers_of_a_leased_point_see_the_same_bytes_while_the_tail_moves_past_them_on_all_sides() throws Exception {
        build();
        Checkpoint chosen =
                fixture.points().list(Long.MAX_VALUE, 1000, _ -> true).get(12);
        int[] expected = scenario.expected.get(chosen.id().value());
        try (var open = fixture.points().open(new Point.AtCheckpoint(chosen.id()))) {
            var reader = fixture.journal().reader(open.volumes().getFirst(), open.lsn());
            var stop = new java.util.concurrent.atomic.AtomicBoolean();
            var wrong = new java.util.concurrent.atomic.AtomicReference<String>();
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(Thread.ofPlatform().start(() -> {
                    var bytes = java.nio.ByteBuffer.allocate(Scenario.BLOCKS * 4096);
                    while (!stop.get() && wrong.get() == null) {
                        try {
                            reader.read(0, bytes.clear());
                        } catch (IOException | RuntimeException failure) {
                            wrong.set(failure.toString());
                            return;
                        }
                        int at = java.util.Arrays.mismatch(Scenario.sums(bytes.array()), expected);
                        if (at >= 0) {
                            wrong.set("block " + at);
                        }
                    }
                }));
            }
            for (int round = 0; round < 40; round++) {
                for (int i = 0; i < 10; i++) {
                    fixture.put(scenario.next());
                }
                fixture.ageAll(late().plusSeconds(1000));
            }
            stop.set(true);
            for (Thread thread : readers) {
                thread.join();
            }
            assertThat(wrong.get()).as("what a reader saw").isNull();
            assertThat(fixture.journal().tail()).isEqualTo(open.lsn());
        }
        fixture.close();
    }
}
