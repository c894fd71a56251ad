package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.tools.Command;
import io.holdfast.e2e.tools.MountedDisk;
import io.holdfast.nbd.client.NbdClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** File systems and checkers that know nothing of us judge what is recovered. */
@DisplayName("Real file systems and fio")
class RealFileSystemIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration TOOL = Duration.ofSeconds(120);
    private static final int POINTS = 100;
    private static final int DISK_BYTES = 24 << 20;

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path work;

    /**
     * Consistent means what it means after a loss of power: the file system's journal is replayed, nothing else is mended, and then a forced check that
     * changes nothing finds nothing (exit code 0).
     */
    @Test
    void ext4_is_clean_after_its_own_replay_at_a_hundred_places_of_a_running_load() throws Exception {
        long seed = System.nanoTime();
        System.out.println("ext4: seed " + seed);
        Random random = new Random(seed);
        Path image = Files.createDirectories(SITE.disks().resolve("ext4")).resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(DISK_BYTES);
        }
        Command.run(TOOL, "mkfs.ext4", "-q", "-F", "-J", "size=4", image.toString());
        ProtectedMachine machine = protect("ext4", image);
        long firstLsn = machine.awaitCheckpointAfter(Instant.now(), PATIENCE)
                .path("lsn")
                .asLong();
        try (MountedDisk guest = MountedDisk.mount(machine.disks().getFirst().uri(), work.resolve("guest"))) {
            Instant end = Instant.now().plusSeconds(12);
            while (Instant.now().isBefore(end)) {
                work(guest, random);
            }
        }
        JsonNode last = machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        long lastLsn = last.path("lsn").asLong();
        assertThat(lastLsn - firstLsn).as("changes that the load made").isGreaterThan(POINTS);

        int replayed = 0;
        for (String point : points(machine, firstLsn, lastLsn, random)) {
            Path copy = work.resolve("point.raw");
            copy(machine, point, copy);
            Command.Result replay = Command.tryRun(TOOL, "e2fsck", "-E", "journal_only", "-y", copy.toString());
            // 0 or 1: nothing to replay, or replayed.
            assertThat(replay.exitCode())
                    .as("replay at %s, seed %d: %s", point, seed, replay.output())
                    .isLessThanOrEqualTo(1);
            replayed += replay.output().contains("recovering journal") ? 1 : 0;
            Command.Result check = Command.tryRun(TOOL, "e2fsck", "-f", "-n", copy.toString());
            assertThat(check.exitCode())
                    .as("check at %s, seed %d: %s", point, seed, check.output())
                    .isZero();
        }
        System.out.printf(
                "ext4: %d places of LSN %d to %d are clean, %d after a replay%n", POINTS, firstLsn, lastLsn, replayed);
        assertThat(replayed).as("places in the middle of the load").isPositive();
    }

    @Test
    void fio_verifies_what_it_wrote_through_the_agent_and_again_from_the_recovered_checkpoint() throws Exception {
        Path image = Files.createDirectories(SITE.disks().resolve("fio")).resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(DISK_BYTES);
        }
        ProtectedMachine machine = protect("fio-verify", image);
        Disk disk = machine.disks().getFirst();

        String written = fio(disk.uri());
        String checkpoint =
                machine.awaitCheckpointAfter(Instant.now(), PATIENCE).path("id").asText();
        String recovered = fio(
                "nbd://%s:%d/%s/%s@%s"
                        .formatted(
                                SITE.journalNbd().getHostString(),
                                SITE.journalNbd().getPort(),
                                machine.pgId(),
                                disk.volumeId(),
                                checkpoint),
                "--verify_only=1");

        assertThat(written).contains("err= 0");
        assertThat(recovered).contains("err= 0");
    }

    private static String fio(String uri, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "fio",
                "--name=verify",
                "--aux-path=target",
                "--ioengine=nbd",
                "--uri=" + uri,
                "--rw=randwrite",
                "--bs=4k-64k",
                "--iodepth=16",
                "--size=" + DISK_BYTES,
                "--randseed=7",
                "--verify=crc32c",
                "--verify_fatal=1",
                "--do_verify=1"));
        words.addAll(List.of(more));
        return Command.run(TOOL, words.toArray(String[]::new));
    }

    private static ProtectedMachine protect(String name, Path image) {
        ProtectedMachine machine = ProtectedMachine.attach(
                SITE.client(), name, Map.of("disk", image), new Objectives(Duration.ofSeconds(1), Duration.ofHours(1)));
        machine.start();
        machine.awaitLifecycle("PROTECTED", PATIENCE);
        return machine;
    }

    private static void work(MountedDisk guest, Random random) throws IOException {
        Path folder = Files.createDirectories(guest.files().resolve("d" + random.nextInt(6)));
        Path file = folder.resolve("f" + random.nextInt(20));
        byte[] bytes = new byte[random.nextInt(60_000)];
        random.nextBytes(bytes);
        switch (random.nextInt(10)) {
            case 0 -> Files.deleteIfExists(file);
            case 1 -> {
                if (Files.exists(file)) {
                    Files.move(file, folder.resolve("f" + random.nextInt(20)), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            case 2 -> guest.sync();
            case 3 ->
                Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.SYNC);
            default -> Files.write(file, bytes);
        }
        try (Stream<Path> files = Files.list(folder)) {
            if (files.count() > 12) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Half of them checkpoints as far as there are so many, the others any LSN in between. */
    private static List<String> points(ProtectedMachine machine, long firstLsn, long lastLsn, Random random) {
        List<String> points = new ArrayList<>();
        for (JsonNode checkpoint : machine.checkpoints()) {
            if (points.size() < POINTS / 2 && checkpoint.path("lsn").asLong() >= firstLsn) {
                points.add(checkpoint.path("id").asText());
            }
        }
        TreeSet<Long> lsns = new TreeSet<>();
        while (points.size() + lsns.size() < POINTS) {
            lsns.add(random.nextLong(firstLsn, lastLsn + 1));
        }
        lsns.forEach(lsn -> points.add("lsn:" + lsn));
        return points;
    }

    private static void copy(ProtectedMachine machine, String point, Path into) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
        Disk disk = machine.disks().getFirst();
        try (NbdClient view = NbdClient.open(SITE.journalNbd(), machine.pgId() + "/" + disk.volumeId() + "@" + point);
                FileChannel out = FileChannel.open(
                        into,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            for (long offset = 0; offset < view.size(); offset += chunk.capacity()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), view.size() - offset));
                view.read(offset, chunk);
                out.write(chunk.flip(), offset);
            }
        }
    }
}
