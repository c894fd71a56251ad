package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The process that {@link SigkillTest} kills: applies a scenario without end, flushes and ages meanwhile. */
final class CrashChild {
    private CrashChild() {}

    public static void main(String[] arguments) throws Exception {
        long seed = Long.parseLong(arguments[1]);
        Scenario scenario = new Scenario(seed, 1_767_225_600_000_000L);
        scenario.group.history(Duration.ofSeconds(60));
        StoreFixture fixture = new StoreFixture(Path.of(arguments[0]), scenario.group).start();
        long from = Math.max(0, fixture.journal().nextOffset());
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                fixture.journal().flush();
            }
        });
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                // The scenario's clock is the journal's: a second for each record.
                fixture.ageAll(
                        Instant.EPOCH.plus(fixture.journal().snapshot().numbers().lastMicros, ChronoUnit.MICROS));
            }
        });
        System.out.println("ready");
        for (long offset = 0; ; offset++) {
            var record = scenario.next();
            if (offset >= from) {
                fixture.journal().apply(offset, record);
                fixture.journal().commit();
            }
        }
    }
}
