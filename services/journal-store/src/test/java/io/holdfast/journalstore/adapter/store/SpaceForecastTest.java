package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a journal will be full, from what was really applied. */
class SpaceForecastTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final long CHANGE_BYTES = 4096 + 64;

    @TempDir
    Path data;

    private StoreFixture fixture(TestGroup group) {
        TestAgent agent = group.agent();
        VolumeId volume = group.volume(agent, 64 * 4096);
        StoreFixture fixture = new StoreFixture(data, group).start();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 1), TestAgent.syncCompleted(volume, 1)));
        for (int minute = 0; minute <= 20; minute++) {
            fixture.put(agent.batch(TestAgent.filled(volume, minute, 1, 1, 1 + minute)));
            fixture.store.sampleSpace(START.plus(Duration.ofMinutes(minute)));
            fixture.freeBytes -= fixture.freeBytes == Long.MAX_VALUE ? 0 : CHANGE_BYTES;
        }
        return fixture;
    }

    @Test
    void the_size_limit_is_reached_when_the_rate_says_so() {
        TestGroup group = new TestGroup().limit(121 * CHANGE_BYTES).history(Duration.ofDays(1));
        try (StoreFixture fixture = fixture(group)) {
            Instant now = START.plus(Duration.ofMinutes(20));
            assertThat(fixture.store.fullAt(group.pg, now)).contains(now.plus(Duration.ofMinutes(100)));
        }
    }

    @Test
    void what_leaves_the_history_before_that_makes_room() {
        TestGroup group = new TestGroup().limit(121 * CHANGE_BYTES).history(Duration.ofMinutes(90));
        try (StoreFixture fixture = fixture(group)) {
            assertThat(fixture.store.fullAt(group.pg, START.plus(Duration.ofMinutes(20))))
                    .isEmpty();
        }
    }

    @Test
    void without_a_limit_the_volume_counts_and_without_growth_nothing() {
        TestGroup group = new TestGroup().history(Duration.ofDays(1));
        try (StoreFixture fixture = fixture(group)) {
            Instant now = START.plus(Duration.ofMinutes(20));
            assertThat(fixture.store.fullAt(group.pg, now)).isEmpty();
            fixture.freeBytes = fixture.reserveBytes;
            assertThat(fixture.store.fullAt(group.pg, now))
                    .as("the reserve is reached")
                    .contains(now);
        }
    }
}
