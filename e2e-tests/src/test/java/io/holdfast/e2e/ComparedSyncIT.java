package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.OpenPage;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Agent, router and journal as real processes: what a sync finds equal does not travel. What travels is counted by the agent where it sends; disks hold noise, so
 * that no compression makes it look less.
 */
@DisplayName("A synchronisation")
class ComparedSyncIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int MIB = 1 << 20;
    private static final int REGION_BYTES = 64 << 10;
    /** What a guest does not touch. */
    private static final int NOISE_BYTES = 16 * MIB;

    private static final int NOISE_BLOCKS = NOISE_BYTES / 4096;
    private static final int BLOCKS_OF_THE_GUEST = 1024;

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    private static Path noise(String name, long seed, long bytes) throws IOException {
        Path file = Files.createDirectories(SITE.disks().resolve(name)).resolve("disk0.raw");
        byte[] noise = new byte[NOISE_BYTES];
        new Random(seed).nextBytes(noise);
        Files.write(file, noise);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(bytes);
        }
        return file;
    }

    /** Changes one byte in each of these regions. */
    private static void change(Path file, int... regions) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            for (int region : regions) {
                raw.seek((long) region * REGION_BYTES + 777);
                int before = raw.read();
                raw.seek((long) region * REGION_BYTES + 777);
                raw.write(before ^ 0x55);
            }
        }
    }

    /** Sum of a metric over all series of the group; 0 when there is none. */
    private static long metric(String service, String name, String label) {
        return (long) OpenPage.read(SITE.site().address().resolve("/metrics/" + service))
                .sum(name, label);
    }

    /** The agent's metrics are as of up to a second ago. Markers are sent every second: a value that has changed was read after the call. */
    private static void awaitFreshMetrics(String pgId) {
        long stale = agentMetric("holdfast_sent_bytes", pgId);
        Eventually.await(
                "the agent's metrics are read again",
                PATIENCE,
                () -> agentMetric("holdfast_sent_bytes", pgId) != stale);
    }

    private static long agentMetric(String name, String pgId) {
        return metric("replication-agent", name, "group=\"" + pgId + "\"");
    }

    /** Waits for a checkpoint of now; what it holds is the disk, to the byte. Nobody writes meanwhile. */
    private static void requireNewestEqual(ProtectedMachine machine, Path file) throws IOException {
        JsonNode point = machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        Disk disk = machine.disks().getFirst();
        byte[] expected = Files.readAllBytes(file);
        ByteBuffer found = ByteBuffer.allocate(expected.length);
        try (NbdClient replica = NbdClient.open(
                SITE.journalNbd(),
                machine.pgId() + "/" + disk.volumeId() + "@" + point.path("id").asText())) {
            for (int at = 0; at < expected.length; at += MIB) {
                replica.read(
                        at, found.limit(Math.min(expected.length, at + MIB)).position(at));
            }
        }
        assertThat(Arrays.mismatch(found.array(), expected))
                .as("first byte of the replica that differs from the disk")
                .isEqualTo(-1);
    }

    @Test
    @DisplayName("of a whole disk sends what differs, while the guest writes")
    void full() throws Exception {
        long seed = new Random().nextLong();
        WorkloadPlan plan = new WorkloadPlan(seed, 1, NOISE_BLOCKS, BLOCKS_OF_THE_GUEST, 8);
        Path file = noise("compared", seed, (NOISE_BLOCKS + BLOCKS_OF_THE_GUEST) * 4096L);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "compared", plan)) {
            String pg = load.machine().pgId();
            load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);
            Eventually.await(
                    "the first sync sent the noise",
                    PATIENCE,
                    () -> agentMetric("holdfast_sent_bytes", pg) > NOISE_BYTES);

            // Paused, so that the guest is at work again before the sync begins.
            SITE.client().post(load.machine().groupPath() + "/pause");
            load.machine().awaitLifecycle("PAUSED", PATIENCE);
            SITE.kill("replication-agent");
            // Without its map the agent cannot know what differs: the whole disk is due.
            Files.delete(SITE.site()
                    .directory()
                    .agent()
                    .resolve("volumes")
                    .resolve(load.machine().disks().getFirst().volumeId() + ".intent"));
            change(file, 3, 100, 255);
            SITE.start("replication-agent");
            long before = load.guest().acknowledged();
            Eventually.await("the guest writes", PATIENCE, () -> load.guest().acknowledged() > before + 50);
            assertThat(agentMetric("holdfast_sent_bytes", pg)).isZero();
            SITE.client().post(load.machine().groupPath() + "/resume");
            long atBegin = load.guest().acknowledged();

            load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);
            assertThat(load.guest().acknowledged()).as("the guest went on").isGreaterThan(atBegin);
            load.stopGuest();
            requireNewestEqual(load.machine(), file);

            awaitFreshMetrics(pg);
            long sent = agentMetric("holdfast_sent_bytes", pg);
            long captured = agentMetric("holdfast_captured_bytes", pg);
            long equal = agentMetric("holdfast_sync_equal_bytes", pg);
            System.out.printf(
                    "full sync of %d bytes: %d sent, %d of them written by the guest, %d found equal; %s%n",
                    Files.size(file), sent, captured, equal, plan);
            assertThat(equal).isGreaterThanOrEqualTo(NOISE_BYTES - 3 * REGION_BYTES);
            assertThat(sent)
                    .as("sent beside what the guest wrote: three regions, and the guest's part of the disk once")
                    .isLessThan(captured + 3 * REGION_BYTES + BLOCKS_OF_THE_GUEST * 4096 + 2 * MIB);
            new RecoveredCheckpoints(load.machine(), SITE.journalNbd(), plan)
                    .requireSomeEqualTheOracle(load.guest().issued(), load.acknowledgedAt(), 6, new Random(seed));
        }
    }

    @Test
    @DisplayName(
            "of a seeded replica sends the differences; what the replica loses later is fetched again until a scrub says sound")
    void seededAndDamaged() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Path file = noise("seeded", seed, NOISE_BYTES);
        ProtectedMachine machine = ProtectedMachine.attach(
                SITE.client(),
                "seeded",
                Map.of("disk0", file),
                new Objectives(Duration.ofSeconds(1), Duration.ofHours(1), 64 * MIB));
        String pg = machine.pgId();
        String volume = machine.disks().getFirst().volumeId();

        seed(machine, volume, file);

        machine.awaitLifecycle("PROTECTED", PATIENCE);
        requireNewestEqual(machine, file);
        awaitFreshMetrics(pg);
        long sent = agentMetric("holdfast_sent_bytes", pg);
        System.out.printf("first sync onto a seed of %d bytes: %d sent%n", Files.size(file), sent);
        assertThat(agentMetric("holdfast_sync_equal_bytes", pg)).isEqualTo(NOISE_BYTES - 2 * 4096);
        assertThat(sent).isBetween(2L * 4096, (long) REGION_BYTES);

        damage(machine, volume);

        awaitFreshMetrics(pg);
        long resent = agentMetric("holdfast_sent_bytes", pg) - sent;
        System.out.println("sent again for one damaged block: " + resent);
        assertThat(resent).isBetween((long) REGION_BYTES, (long) MIB);
        requireNewestEqual(machine, file);

        pushIntoTheImage(machine, file, seed);
        assertThat(scrubbed(machine).path("findingCount").asLong()).as("sound").isZero();
        requireNewestEqual(machine, file);
    }

    /** The volume's first sync must not begin before the seed is there: the agent is away meanwhile, and the disk changes. */
    private static void seed(ProtectedMachine machine, String volume, Path file) throws Exception {
        Path image = SITE.site().directory().seeds().resolve(volume + ".qcow2");
        SITE.kill("replication-agent");
        try {
            Process convert = new ProcessBuilder(
                            "qemu-img", "convert", "-f", "raw", "-O", "qcow2", file.toString(), image.toString())
                    .inheritIO()
                    .start();
            assertThat(convert.waitFor()).isZero();
            machine.start();
            SITE.client().await("the journal", PATIENCE, machine.journalPath(), _ -> true);
            String location = SITE.client()
                    .post(
                            machine.journalPath() + "/volumes/" + volume + "/seeds",
                            SiteClient.object()
                                    .put("format", "qcow2")
                                    .put("file", image.getFileName().toString()))
                    .path("location")
                    .asText();
            JsonNode ended = SITE.client().await("the seed's end", PATIENCE, location, task -> !task.path("state")
                    .asText()
                    .equals("RUNNING"));
            assertThat(ended.path("state").asText()).as("%s", ended).isEqualTo("DONE");
            change(file, 7, 150);
        } finally {
            SITE.start("replication-agent");
        }
    }

    /** Flips a bit of the replica while its journal-store is down, and waits until what was lost has come again. */
    private static void damage(ProtectedMachine machine, String volume) throws Exception {
        assertThat(scrubbed(machine).path("findingCount").asLong())
                .as("sound before")
                .isZero();
        long told = metric("replication-router", "holdfast_router_resend_ranges_total", "");
        SITE.kill("journal-store");
        try {
            change(
                    SITE.site()
                            .directory()
                            .journal()
                            .resolve(machine.pgId())
                            .resolve("images")
                            .resolve(volume + ".raw"),
                    100);
        } finally {
            SITE.start("journal-store");
        }
        JsonNode found = scrubbed(machine);
        assertThat(found.path("findingCount").asLong()).as("%s", found).isEqualTo(1);
        SITE.client()
                .await(
                        "the damaged range has come again",
                        PATIENCE,
                        machine.journalPath() + "/scrub",
                        scrub -> scrub.path("needsResend").isEmpty());
        assertThat(metric("replication-router", "holdfast_router_resend_ranges_total", ""))
                .isGreaterThan(told);
    }

    /** What the journal knows after a scrub that began now. */
    private static JsonNode scrubbed(ProtectedMachine machine) {
        String path = machine.journalPath() + "/scrub";
        Instant ordered = Instant.now();
        SITE.client().await("the journal", PATIENCE, path, _ -> true);
        SITE.client().post(path);
        return SITE.client()
                .await(
                        "a scrub since " + ordered,
                        PATIENCE,
                        path,
                        scrub -> !scrub.hasNonNull("runningSince")
                                && !scrub.path("requested").asBoolean()
                                && scrub.hasNonNull("startedAt")
                                && Instant.parse(scrub.path("startedAt").asText())
                                        .isAfter(ordered));
    }

    /** Writes until the journal's limit has moved the block that came again into the image, over the damaged one. */
    private static void pushIntoTheImage(ProtectedMachine machine, Path file, long seed) throws Exception {
        Disk disk = machine.disks().getFirst();
        byte[] noise = new byte[MIB];
        Random random = new Random(seed + 1);
        Instant deadline = Instant.now().plus(PATIENCE);
        try (NbdClient guest = NbdClient.open(disk.address(), disk.export())) {
            while (SITE.client()
                            .get(machine.journalPath() + "/scrub")
                            .path("presentCount")
                            .asInt()
                    > 0) {
                assertThat(Instant.now()).as("ageing reaches the damaged block").isBefore(deadline);
                for (int i = 0; i < 8; i++) {
                    random.nextBytes(noise);
                    // Beside the damaged block, so that it is not the guest who mends it.
                    guest.write((10 + random.nextInt(5)) * (long) MIB, ByteBuffer.wrap(noise), false);
                }
                // Ageing goes from checkpoint to checkpoint: what lies between two of them must be much less than the
                // limit.
                machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
            }
            guest.flush();
        }
        assertThat(Files.size(file)).isEqualTo(NOISE_BYTES);
    }
}
