package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.qemu.QemuImg;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeedsTest {
    private static final int SIZE = 8 << 20;
    private static final int REGION = 64 << 10;

    @TempDir
    Path folder;

    private final TestGroup group = new TestGroup(11);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, SIZE);
    private final byte[] older = new byte[SIZE];
    private StoreFixture fixture;
    private Path images;
    private Seeds seeds;

    @BeforeEach
    void start() throws IOException {
        images = Files.createDirectory(folder.resolve("seeds"));
        // A disk as disks are: data here and there, zeroes between.
        for (int at = 0; at < SIZE; at += 1 << 20) {
            byte[] part = new byte[300_000];
            new Random(at).nextBytes(part);
            System.arraycopy(part, 0, older, at, part.length);
        }
        Files.write(folder.resolve("older.raw"), older);
        fixture = new StoreFixture(folder.resolve("data"), group).start();
        seeds = newSeeds();
    }

    private Seeds newSeeds() {
        return new Seeds(fixture.store, Optional.of(images), new QemuImg("qemu-img"));
    }

    @AfterEach
    void stop() {
        seeds.close();
        fixture.close();
    }

    private void qemuImg(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("qemu-img"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(said).isZero();
    }

    private String image(SeedFormat format) throws Exception {
        String name = "older." + format.name().toLowerCase(java.util.Locale.ROOT);
        qemuImg(
                "convert",
                "-f",
                "raw",
                "-O",
                format.driver(),
                folder.resolve("older.raw").toString(),
                images.resolve(name).toString());
        return name;
    }

    private SeedTask seed(SeedFormat format, String file) {
        return seeds.start(new Seeds.Order(group.pg, volume, format, file), "");
    }

    private SeedTask await(SeedTask task) {
        long end = System.nanoTime() + 60_000_000_000L;
        SeedTask now = task;
        while (now.state() == SeedTask.State.RUNNING) {
            assertThat(System.nanoTime()).as("%s", now).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
            now = seeds.task(group.pg, volume, task.id());
        }
        return now;
    }

    private void assertRefused(JournalError code, Runnable order) {
        assertThatThrownBy(order::run)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    /** Regions whose hashes differ from a disk's. */
    private List<Integer> differing(byte[] disk) throws Exception {
        return differing(disk, SyncKind.INITIAL);
    }

    private List<Integer> differing(byte[] disk, SyncKind kind) throws Exception {
        fixture.put(agent.batch(new SyncStarted(volume, kind, 1)));
        byte[] hashes = fixture.store
                .hashes()
                .of(new HeadHashes.Question(
                        group.pg,
                        agent.id,
                        volume,
                        new StreamPosition(new Epoch(agent.epoch), new Seq(agent.seq)),
                        0,
                        SIZE,
                        REGION));
        List<Integer> regions = new java.util.ArrayList<>();
        for (int region = 0; region < SIZE / REGION; region++) {
            byte[] part = Arrays.copyOfRange(disk, region * REGION, (region + 1) * REGION);
            byte[] hash = Arrays.equals(part, new byte[REGION])
                    ? new byte[32]
                    : MessageDigest.getInstance("SHA-256").digest(part);
            if (!Arrays.equals(hash, Arrays.copyOfRange(hashes, region * 32, region * 32 + 32))) {
                regions.add(region);
            }
        }
        return regions;
    }

    @ParameterizedTest
    @EnumSource(SeedFormat.class)
    void aReplicaSeededFromEveryFormatDiffersOnlyWhereTheDiskWasChangedSince(SeedFormat format) throws Exception {
        SeedTask done = await(seed(format, image(format)));
        assertThat(done.state()).as("%s", done).isEqualTo(SeedTask.State.DONE);

        byte[] disk = older.clone();
        disk[5 * REGION + 17] ^= 1;
        Arrays.fill(disk, 16 * REGION, 17 * REGION, (byte) 0);
        disk[SIZE - 1] = 3;

        assertThat(differing(disk)).containsExactly(5, 16, SIZE / REGION - 1);
    }

    @Test
    void aSeedIsStillThereAfterACrash() throws Exception {
        await(seed(SeedFormat.QCOW2, image(SeedFormat.QCOW2)));

        fixture.crash();

        assertThat(differing(older)).isEmpty();
    }

    @Test
    void anImportThatACrashInterruptedLeavesNothing() throws Exception {
        Path staging = Seeds.stagingOf(fixture.journal().files().directory());
        Files.createDirectories(staging);
        Files.write(staging.resolve(volume + ".raw"), older);

        fixture.crash();

        assertThat(staging).doesNotExist();
        assertThat(differing(new byte[SIZE])).isEmpty();
    }

    @Test
    void aSeedThatComesAfterTheFirstSyncBeganIsRefusedAndChangesNothing() throws Exception {
        String file = image(SeedFormat.RAW);
        fixture.put(agent.batch(new SyncStarted(volume, SyncKind.INITIAL, 1)));

        assertRefused(JournalError.SEED_TOO_LATE, () -> seed(SeedFormat.RAW, file));
        Path staged = Files.copy(images.resolve(file), folder.resolve("data").resolve("staged"));
        assertRefused(JournalError.SEED_TOO_LATE, () -> fixture.journal().seed(volume, staged));
        agent.newEpoch();
        assertThat(differing(new byte[SIZE], SyncKind.FULL)).isEmpty();
    }

    @Test
    void filesOutsideOfTheFolderAreRefused() throws Exception {
        Files.createSymbolicLink(images.resolve("link.raw"), folder.resolve("older.raw"));

        assertRefused(JournalError.SEED_UNUSABLE, () -> seed(SeedFormat.RAW, "../older.raw"));
        assertRefused(
                JournalError.SEED_UNUSABLE,
                () -> seed(SeedFormat.RAW, folder.resolve("older.raw").toString()));
        assertRefused(JournalError.SEED_UNUSABLE, () -> seed(SeedFormat.RAW, "link.raw"));
        assertRefused(JournalError.SEED_UNUSABLE, () -> seed(SeedFormat.RAW, "absent.raw"));
        assertRefused(JournalError.SEED_UNUSABLE, () -> seed(SeedFormat.RAW, "."));
        assertRefused(JournalError.SEED_UNUSABLE, () -> seed(SeedFormat.RAW, "a\0b"));
    }

    @Test
    void anImageThatRefersToAnotherFileIsRefused() throws Exception {
        qemuImg(
                "create",
                "-f",
                "qcow2",
                "-F",
                "raw",
                "-b",
                folder.resolve("older.raw").toString(),
                images.resolve("overlay.qcow2").toString());
        qemuImg(
                "create",
                "-f",
                "qcow2",
                "-o",
                "data_file=" + folder.resolve("older.raw") + ",data_file_raw=on",
                images.resolve("external.qcow2").toString(),
                "8M");
        qemuImg(
                "convert",
                "-f",
                "raw",
                "-O",
                "vmdk",
                "-o",
                "subformat=monolithicFlat",
                folder.resolve("older.raw").toString(),
                images.resolve("flat.vmdk").toString());

        for (SeedTask task : List.of(
                await(seed(SeedFormat.QCOW2, "overlay.qcow2")),
                await(seed(SeedFormat.QCOW2, "external.qcow2")),
                await(seed(SeedFormat.VMDK, "flat.vmdk")))) {
            assertThat(task.state()).as("%s", task).isEqualTo(SeedTask.State.FAILED);
            assertThat(task.failure().orElseThrow().code()).isEqualTo("SEED_UNUSABLE");
        }
        assertThat(differing(new byte[SIZE])).isEmpty();
    }

    @Test
    void aFileThatIsNotOfItsFormatFailsAndLeavesNothing() throws Exception {
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        Files.write(images.resolve("noise.qcow2"), noise);
        byte[] cut = Files.readAllBytes(images.resolve(image(SeedFormat.VHDX)));
        Files.write(images.resolve("cut.vhdx"), Arrays.copyOf(cut, 70_000));

        for (SeedTask task :
                List.of(await(seed(SeedFormat.QCOW2, "noise.qcow2")), await(seed(SeedFormat.VHDX, "cut.vhdx")))) {
            assertThat(task.state()).as("%s", task).isEqualTo(SeedTask.State.FAILED);
        }
        try (var left = Files.list(
                Seeds.stagingOf(fixture.journal().files().directory()).getParent())) {
            assertThat(left.filter(path -> path.endsWith("seeding")).allMatch(SeedsTest::isEmptyFolder))
                    .isTrue();
        }
        assertThat(differing(new byte[SIZE])).isEmpty();
    }

    private static boolean isEmptyFolder(Path path) {
        try (var entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    @Test
    void theSameKeyNamesTheSameTask() throws Exception {
        String file = image(SeedFormat.RAW);
        Seeds.Order order = new Seeds.Order(group.pg, volume, SeedFormat.RAW, file);
        SeedTask first = seeds.start(order, "key");

        assertThat(seeds.start(order, "key").id()).isEqualTo(first.id());
        assertThatThrownBy(() -> seeds.start(new Seeds.Order(group.pg, volume, SeedFormat.QCOW2, file), "key"))
                .hasMessageContaining("Idempotency-Key");
        await(first);
    }
}
