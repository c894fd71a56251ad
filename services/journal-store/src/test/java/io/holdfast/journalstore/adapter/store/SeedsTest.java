package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.holdfast.journalstore.adapter.files.SeedFile;
import io.holdfast.journalstore.adapter.qemu.QemuImg;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedNote;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    private static final int BIG = 64 << 20;
    private final TestGroup bigGroup = new TestGroup(12);
    private final VolumeId bigVolume = bigGroup.volume(bigGroup.agent(), BIG);
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
        return seeds.start(new Seeds.Order(group.pg, volume, format, file, Optional.empty()), "");
    }

    private SeedTask await(SeedTask task) {
        return await(seeds, task);
    }

    private static SeedTask await(Seeds where, SeedTask task) {
        long end = System.nanoTime() + 60_000_000_000L;
        SeedTask now = task;
        while (now.state() == SeedTask.State.RUNNING) {
            assertThat(System.nanoTime()).as("%s", now).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
            now = where.task(task.pg(), task.volume(), task.id());
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
        Path staging = fixture.journal().files().seeding();
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
        assertRefused(JournalError.SEED_TOO_LATE, () -> fixture.journal()
                .seed(volume, staged, UUID.randomUUID(), Optional.empty()));
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
        try (var left = Files.list(fixture.journal().files().directory())) {
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
        Seeds.Order order = new Seeds.Order(group.pg, volume, SeedFormat.RAW, file, Optional.empty());
        SeedTask first = seeds.start(order, "key");

        assertThat(seeds.start(order, "key").id()).isEqualTo(first.id());
        assertThatThrownBy(() ->
                        seeds.start(new Seeds.Order(group.pg, volume, SeedFormat.QCOW2, file, Optional.empty()), "key"))
                .hasMessageContaining("Idempotency-Key");
        await(first);
    }

    @Test
    void theSameKeyNamesTheSameTaskAfterARestartToo() throws Exception {
        Seeds.Order order =
                new Seeds.Order(group.pg, volume, SeedFormat.QCOW2, image(SeedFormat.QCOW2), Optional.empty());
        SeedTask done = await(seeds.start(order, "key"));
        assertThat(done.state()).as("%s", done).isEqualTo(SeedTask.State.DONE);
        Seeds.Order other = new Seeds.Order(group.pg, volume, SeedFormat.VHDX, "absent.vhdx", Optional.empty());
        assertThat(differing(older)).isEmpty();

        fixture.crash();
        seeds = newSeeds();

        assertThat(seeds.start(order, "key")).isEqualTo(done);
        assertThat(seeds.task(group.pg, volume, done.id())).isEqualTo(done);
        assertThatThrownBy(() -> seeds.start(other, "key")).hasMessageContaining("Idempotency-Key");
        assertRefused(JournalError.SEED_TOO_LATE, () -> seeds.start(order, "another key"));
        assertRefused(JournalError.TASK_NOT_FOUND, () -> seeds.task(group.pg, VolumeId.random(), done.id()));
    }

    @Test
    void aCrashDoesNotLetASeedReplaceWhatASyncWasComparedWith() throws Exception {
        String file = image(SeedFormat.RAW);
        assertThat(differing(new byte[SIZE]))
                .as("a sync has begun and was told of zeroes")
                .isEmpty();

        fixture.crash();
        seeds = newSeeds();

        assertRefused(JournalError.SEED_TOO_LATE, () -> seed(SeedFormat.RAW, file));
    }

    @Test
    void aSyncThatWasToldNothingBeforeACrashIsToldOfTheSeedAfterwards() throws Exception {
        fixture.put(agent.batch(new SyncStarted(volume, SyncKind.INITIAL, 1)));
        fixture.crash();
        seeds = newSeeds();
        assertThat(await(seed(SeedFormat.RAW, image(SeedFormat.RAW))).state()).isEqualTo(SeedTask.State.DONE);

        fixture.catchUp();

        agent.newEpoch();
        assertThat(differing(older, SyncKind.FULL)).isEmpty();
    }

    /** What a crash can leave of an import, and what is true then. */
    @ParameterizedTest
    @CsvSource({"false, true, FAILED", "false, false, FAILED", "true, true, FAILED", "true, false, DONE"})
    void anImportThatACrashInterruptedIsToldAsItEnded(boolean putting, boolean prepared, SeedTask.State end)
            throws Exception {
        Seeds.Order order = new Seeds.Order(group.pg, volume, SeedFormat.RAW, image(SeedFormat.RAW), Optional.empty());
        SeedTask running = SeedTask.started(group.pg, volume, SeedFormat.RAW, order.file(), Instant.now());
        SeedNote note = SeedNote.begun(running, "key", Optional.empty());
        SeedFile.write(fixture.journal().files().seeds(), List.of(putting ? note.beforePutting() : note));
        if (prepared) {
            Files.createDirectories(fixture.journal().files().seeding());
            Files.write(fixture.journal().files().seeding().resolve(volume + ".raw"), older);
        }

        fixture.crash();
        seeds = newSeeds();

        SeedTask found = seeds.start(order, "key");
        assertThat(found.id()).isEqualTo(running.id());
        assertThat(found.state()).isEqualTo(end);
        assertThat(found.failure().map(SeedTask.Failure::code))
                .isEqualTo(end == SeedTask.State.DONE ? Optional.empty() : Optional.of("SEED_INTERRUPTED"));
        assertThat(fixture.journal().files().seeding()).doesNotExist();
        SeedTask again = await(seeds.start(order, "another key"));
        assertThat(again.state()).as("%s", again).isEqualTo(SeedTask.State.DONE);
        assertThat(differing(older)).isEmpty();
    }

    @Test
    void aSeedForWhichThereIsNoRoomFailsWithTheCodeOfAFullVolumeAndLeavesTheReplicaAlone() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("small"));
        var mounted = Tools.tryRun("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount.toString());
        assumeThat(mounted.exitCode())
                .as("a small file system can be mounted here (needs root): %s", mounted.output())
                .isZero();
        try (StoreFixture small = new StoreFixture(mount.resolve("data"), bigGroup).start();
                Seeds seedsOfSmall = new Seeds(small.store, Optional.of(images), new QemuImg("qemu-img"))) {
            byte[] noise = new byte[BIG];
            new Random(2).nextBytes(noise);
            Files.write(images.resolve("big.raw"), noise);

            SeedTask failed = await(
                    seedsOfSmall,
                    seedsOfSmall.start(
                            new Seeds.Order(bigGroup.pg, bigVolume, SeedFormat.RAW, "big.raw", Optional.empty()),
                            "key"));

            assertThat(failed.state()).as("%s", failed).isEqualTo(SeedTask.State.FAILED);
            assertThat(failed.failure().orElseThrow().code()).as("%s", failed).isEqualTo("STORAGE_FULL");
            assertThat(isEmptyFolder(small.journal().files().seeding())).isTrue();
            assertThat(Files.getFileStore(mount).getUsableSpace()).isGreaterThan(16 << 20);
        } finally {
            Tools.run("umount", "-l", mount.toString());
        }
    }

    @Test
    void aSeedIsGivenUpBeforeItMakesEveryJournalPause() throws Exception {
        String file = image(SeedFormat.QCOW2);
        fixture.freeBytes = fixture.reserveBytes - 1;

        SeedTask failed = await(seed(SeedFormat.QCOW2, file));

        assertThat(failed.failure().orElseThrow().code()).as("%s", failed).isEqualTo("STORAGE_FULL");
        assertThat(isEmptyFolder(fixture.journal().files().seeding())).isTrue();
        assertRefused(JournalError.NO_SPACE, () -> seed(SeedFormat.QCOW2, file));
        assertThat(differing(new byte[SIZE])).isEmpty();
    }

    @Test
    void aListOfImportsThatCannotBeReadIsNotTakenForAnEmptyOne() throws Exception {
        String file = image(SeedFormat.RAW);
        Files.writeString(fixture.journal().files().seeds(), "{\"formatVersion\": 1, \"seeds\": [{\"id\": \"x\"}]}");

        fixture.restart();
        seeds = newSeeds();

        assertThatThrownBy(() -> seed(SeedFormat.RAW, file))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(CommonError.STORAGE_UNUSABLE));
    }

    @Test
    void onlyTheNewestImportsAreKept() throws Exception {
        String file = image(SeedFormat.QCOW2);
        SeedTask ended = SeedTask.started(group.pg, volume, SeedFormat.RAW, "old", Instant.EPOCH)
                .done(Instant.EPOCH);
        List<SeedNote> many = new ArrayList<>();
        for (int i = 0; i < SeedNotes.KEPT; i++) {
            SeedTask old = new SeedTask(
                    new UUID(0, i),
                    group.pg,
                    volume,
                    ended.format(),
                    ended.file(),
                    ended.state(),
                    100,
                    Optional.empty(),
                    ended.startedAt(),
                    ended.endedAt());
            many.add(SeedNote.begun(old, "key" + i, Optional.empty()));
        }
        SeedFile.write(fixture.journal().files().seeds(), many);

        SeedTask newest = await(seed(SeedFormat.QCOW2, file));

        assertThat(SeedFile.read(fixture.journal().files().seeds(), group.pg))
                .hasSize(SeedNotes.KEPT)
                .last()
                .extracting(note -> note.task().id())
                .isEqualTo(newest.id());
        assertRefused(JournalError.TASK_NOT_FOUND, () -> seeds.task(group.pg, volume, new UUID(0, 0)));
    }
}
