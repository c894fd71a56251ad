package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.localsite.part.Part;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Real processes under a seeded schedule of faults, for {@code -Dholdfast.soak.minutes} (2; {@code make soak}: 20). After each fault a sample of
 * the listed checkpoints has to recover to what the guest had written, and memory has to be inside its limits.
 */
@DisplayName("A site under faults for a long time")
class SoakIT {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final int SAMPLE = 20;
    private static final List<String> DATA_PLANE =
            List.of("replication-agent", "replication-router", "journal-store", "kafka");
    /** Architecture, section 10: the agent's with its ring of 64 MiB, the journal's with its cache of 384 MiB. */
    private static final Map<Part, Integer> LIMIT_MEBIBYTES = new EnumMap<>(Map.of(
            Part.REPLICATION_AGENT, 256 + 64,
            Part.REPLICATION_ROUTER, 512,
            Part.JOURNAL_STORE, 1024 + 384));

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    private final Map<Part, Long> largest = new EnumMap<>(Part.class);

    /** One thing that goes wrong and comes right again. */
    private interface Fault {
        void happen() throws Exception;
    }

    @Test
    void every_sampled_checkpoint_recovers_exactly_and_memory_stays_inside_its_limits() throws Exception {
        long seed = Long.getLong("holdfast.soak.seed", System.nanoTime());
        Duration length =
                Duration.ofSeconds((long) (60 * Double.parseDouble(System.getProperty("holdfast.soak.minutes", "2"))));
        System.out.printf("soak: seed %d, %s; repeat with -Dholdfast.soak.seed=%d%n", seed, length, seed);
        Random random = new Random(seed);
        Instant end = Instant.now().plus(length);
        WorkloadPlan plan = new WorkloadPlan(seed, 3, 0, 4096, 16);
        int faults = 0;
        int compared = 0;
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "soak-" + seed, plan)) {
            RecoveredCheckpoints recovered = new RecoveredCheckpoints(load.machine(), SITE.journalNbd(), plan);
            load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);
            do {
                next(random).happen();
                faults++;
                load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
                compared += recovered.requireSomeEqualTheOracle(
                        load.guest().issued(), load.acknowledgedAt(), SAMPLE, random);
                sampleMemory();
                System.out.printf(
                        "soak: %d faults, %d checkpoints compared, %d operations, %d of them repeated, %d s to go%n",
                        faults,
                        compared,
                        load.guest().acknowledged(),
                        load.guest().repeated(),
                        Math.max(0, Duration.between(Instant.now(), end).toSeconds()));
            } while (Instant.now().isBefore(end));
            load.stopGuest();
            load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);
            compared += recovered.requireSomeEqualTheOracle(
                    load.guest().issued(), load.acknowledgedAt(), 10 * SAMPLE, random);
        } catch (Exception | AssertionError failed) {
            throw new AssertionError("soak with seed " + seed + " failed after " + faults + " faults", failed);
        }
        report();
        assertThat(compared).as("checkpoints compared").isGreaterThan(faults);
    }

    private Fault next(Random random) {
        String part = DATA_PLANE.get(random.nextInt(DATA_PLANE.size()));
        Duration pause = Duration.ofMillis(200 + random.nextInt(random.nextInt(3) == 0 ? 12_000 : 2_000));
        return switch (random.nextInt(8)) {
            case 0, 1, 2 ->
                () -> {
                    SITE.kill(part);
                    SITE.start(part);
                };
            case 3, 4, 5 -> () -> SITE.pause(part, pause);
            case 6 ->
                () -> {
                    // Longer than three heartbeats: to the agent the line is cut, while the router still has its
                    // connection.
                    SITE.pause("replication-router", Duration.ofSeconds(8));
                };
            default ->
                () -> {
                    SITE.kill("postgres");
                    Thread.sleep(pause);
                    SITE.start("postgres");
                };
        };
    }

    private void sampleMemory() throws IOException {
        for (Part part : Part.values()) {
            if (part.isService()) {
                Path status = Path.of("/proc", Long.toString(SITE.site().pid(part)), "status");
                long kibibytes = Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow();
                largest.merge(part, kibibytes / 1024, Math::max);
            }
        }
        LIMIT_MEBIBYTES.forEach((part, limit) -> assertThat(largest.get(part))
                .as("resident memory of %s in MiB", part)
                .isLessThanOrEqualTo(limit.longValue()));
    }

    private void report() {
        System.out.println("soak: largest resident memory");
        largest.forEach((part, mebibytes) -> System.out.printf(
                "  %-20s %5d MiB, limit %s%n", part, mebibytes, LIMIT_MEBIBYTES.getOrDefault(part, 256)));
    }
}
