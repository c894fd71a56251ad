package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.journal.Checkpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The history of a source that is lost (F163)")
class SilentSourceTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final Duration HISTORY = Duration.ofSeconds(60);
    private static final Duration WEEK = Duration.ofDays(7);

    @TempDir
    Path folder;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private final Scenario scenario = new Scenario(seed, START);

    private StoreFixture filled(Duration silence) {
        scenario.group.history(HISTORY);
        StoreFixture fixture = new StoreFixture(folder, scenario.group);
        fixture.ageingSilence = silence;
        fixture.start();
        for (int i = 0; i < 200; i++) {
            fixture.put(scenario.next());
        }
        assertThat(checkpoints(fixture)).as("seed %d", seed).hasSizeGreaterThan(5);
        return fixture;
    }

    private static List<Checkpoint> checkpoints(StoreFixture fixture) {
        return fixture.points().list(Long.MAX_VALUE, 10_000, _ -> true);
    }

    private static Instant newestCut(StoreFixture fixture) {
        return Instant.EPOCH.plus(checkpoints(fixture).getFirst().cutAtMicros(), ChronoUnit.MICROS);
    }

    @Test
    void does_not_run_out_however_long_it_is_away_also_over_a_crash() {
        try (StoreFixture fixture = filled(Duration.ofMinutes(10))) {
            Instant lost = newestCut(fixture);
            fixture.ageAll(lost);
            List<Checkpoint> whenLost = checkpoints(fixture);

            fixture.ageAll(lost.plus(WEEK));
            fixture.crash().catchUp();
            fixture.ageAll(lost.plus(WEEK).plus(WEEK));

            assertThat(checkpoints(fixture)).as("seed %d", seed).isEqualTo(whenLost);
            assertThat(whenLost.size()).as("seed %d", seed).isGreaterThan(1);
        }
    }

    @Test
    void goes_on_with_the_clock_when_the_source_is_heard_again() {
        try (StoreFixture fixture = filled(Duration.ofMinutes(10))) {
            fixture.ageAll(newestCut(fixture).plus(WEEK));

            fixture.ageAll(newestCut(fixture).plus(Duration.ofMinutes(9)));

            assertThat(checkpoints(fixture)).as("seed %d", seed).hasSize(1);
        }
    }

    @Test
    void runs_out_down_to_the_newest_where_nobody_wants_it_kept() {
        try (StoreFixture fixture = filled(Duration.ZERO)) {
            fixture.ageAll(newestCut(fixture).plus(WEEK));

            assertThat(checkpoints(fixture)).as("seed %d", seed).hasSize(1);
        }
    }
}
