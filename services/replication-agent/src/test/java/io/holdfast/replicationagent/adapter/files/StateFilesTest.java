package io.holdfast.replicationagent.adapter.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.SyncLedger.Entry;
import io.holdfast.replicationagent.hosting.VmAttachment;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFilesTest {
    @TempDir
    Path folder;

    private StateDirectory directory;

    @BeforeEach
    void open() {
        directory = StateDirectory.open(folder.resolve("state"));
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }

    private static Clock clockAt(long millis) {
        return Clock.fixed(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
    }

    private static void assertCode(AgentError code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                .isEqualTo(code));
    }

    @Test
    void aSecondAgentOnTheSameDirectoryIsRefused() {
        assertCode(AgentError.STATE_DIRECTORY_IN_USE, () -> StateDirectory.open(folder.resolve("state")));
    }

    @Test
    void aDirectoryThatCannotBeMadeIsRefused() throws IOException {
        Files.writeString(folder.resolve("file"), "in the way");

        assertCode(AgentError.STATE_DIRECTORY_UNUSABLE, () -> StateDirectory.open(folder.resolve("file/state")));
    }

    @Test
    void epochsGrowWithTheClockAndAlsoWhenTheClockStandsStill() {
        PgId pg = PgId.random();
        FileEpochStore epochs = new FileEpochStore(directory, clockAt(5_000));

        assertThat(epochs.next(pg)).isEqualTo(new Epoch(5_000));
        assertThat(epochs.next(pg)).isEqualTo(new Epoch(5_001));
        assertThat(new FileEpochStore(directory, clockAt(10)).next(pg)).isEqualTo(new Epoch(5_002));
        assertThat(new FileEpochStore(directory, clockAt(9_000)).next(pg)).isEqualTo(new Epoch(9_000));
    }

    @Test
    void aDamagedEpochFileLeavesTheClock() throws IOException {
        PgId pg = PgId.random();
        Files.writeString(directory.file("streams").resolve(pg.toString()), "epoch\t99999999999");

        assertThat(new FileEpochStore(directory, clockAt(77)).next(pg)).isEqualTo(new Epoch(77));
    }

    @Test
    void theLedgerRemembersAndADamagedEntryIsNotWhole() throws IOException {
        FileSyncLedger ledger = new FileSyncLedger(directory);
        VolumeId volume = VolumeId.random();
        PgId pg = PgId.random();
        assertThat(ledger.find(volume)).isEmpty();
        ledger.put(volume, new Entry(pg, true));
        assertThat(ledger.find(volume)).contains(new Entry(pg, true));

        Path file = directory.file("volumes").resolve(volume + ".sync");
        Files.writeString(file, Files.readString(file).replace("crc32c", "crc32d"));

        assertThat(ledger.find(volume))
                .hasValueSatisfying(entry -> assertThat(entry.whole()).isFalse());
    }

    @Test
    void attachmentsComeBackWhateverTheirNamesHold() {
        FileAttachmentStore store = new FileAttachmentStore(directory);
        List<VmAttachment> machines = List.of(
                new VmAttachment(
                        VmId.random(),
                        "tab\there, line\nthere, back\\slash, Grüße",
                        List.of(
                                new VolumeAttachment(VolumeId.random(), "root", "/disks/a b"),
                                new VolumeAttachment(VolumeId.random(), "", "/disks/c"))),
                new VmAttachment(VmId.random(), "", List.of(new VolumeAttachment(VolumeId.random(), "x", "y"))));

        store.save(machines);

        assertThat(store.load()).isEqualTo(machines);
    }

    @Test
    void aDamagedListOfMachinesIsNeverTakenForAnEmptyOne() throws IOException {
        FileAttachmentStore store = new FileAttachmentStore(directory);
        store.save(List.of(new VmAttachment(
                VmId.random(), "web", List.of(new VolumeAttachment(VolumeId.random(), "root", "/d")))));
        Path file = directory.file("attachments");
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(42);

        for (int i = 0; i < 300; i++) {
            byte[] bad =
                    java.util.Arrays.copyOf(good, random.nextInt(3) == 0 ? random.nextInt(good.length) : good.length);
            if (bad.length == good.length) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file, bad);
            assertCode(AgentError.STATE_FILE_DAMAGED, store::load);
        }
    }

    @Test
    void theIdentityIsKeptAndAnotherOneIsRefused() {
        IdentityFile made = IdentityFile.loadOrCreate(directory, Optional.empty(), Optional.empty());

        assertThat(IdentityFile.loadOrCreate(directory, Optional.of(made.agent()), Optional.empty()))
                .isEqualTo(made);
        assertCode(
                AgentError.IDENTITY_CHANGED,
                () -> IdentityFile.loadOrCreate(directory, Optional.of(AgentId.random()), Optional.empty()));
        assertCode(
                AgentError.IDENTITY_CHANGED,
                () -> IdentityFile.loadOrCreate(directory, Optional.empty(), Optional.of(HostId.random())));
    }

    @Test
    void aDamagedIdentityIsNotReplacedByANewOne() throws IOException {
        Files.write(directory.file("identity"), "whoever".getBytes(StandardCharsets.UTF_8));

        assertCode(
                AgentError.STATE_FILE_DAMAGED,
                () -> IdentityFile.loadOrCreate(directory, Optional.empty(), Optional.empty()));
    }

    @Test
    void theMapOfTheLastProcessHasItsMarks() throws IOException {
        FileIntentMaps maps = new FileIntentMaps(directory);
        VolumeId volume = VolumeId.random();
        long size = 10_000L * WriteIntentMap.REGION_BYTES;
        try (WriteIntentMap map = maps.create(volume, size)) {
            map.mark(0, 4096);
            map.mark(9_999L * WriteIntentMap.REGION_BYTES, 4096);
        }

        try (WriteIntentMap map = maps.open(volume, size).orElseThrow()) {
            assertThat(map.nextMarked(0)).isZero();
            assertThat(map.nextMarked(1)).isEqualTo(9_999);
            assertThat(map.markedCount()).isEqualTo(2);
        }
    }

    @Test
    void aMapOfAnotherVolumeOrSizeIsNotBelieved() throws IOException {
        FileIntentMaps maps = new FileIntentMaps(directory);
        VolumeId volume = VolumeId.random();
        maps.create(volume, 1L << 30).close();
        VolumeId other = VolumeId.random();
        Files.copy(
                directory.file("volumes").resolve(volume + ".intent"),
                directory.file("volumes").resolve(other + ".intent"));

        assertThat(maps.open(volume, 1L << 31)).isEmpty();
        assertThat(maps.open(other, 1L << 30)).isEmpty();
        assertThat(maps.open(VolumeId.random(), 1L << 30)).isEmpty();
    }

    @Test
    void aMapWithAnyByteChangedOrCutIsNotBelieved() throws IOException {
        FileIntentMaps maps = new FileIntentMaps(directory);
        VolumeId volume = VolumeId.random();
        maps.create(volume, 1L << 30).close();
        Path file = directory.file("volumes").resolve(volume + ".intent");
        byte[] good = Files.readAllBytes(file);

        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 1;
            Files.write(file, bad);
            assertThat(maps.open(volume, 1L << 30)).as("byte %d", at).isEmpty();
        }
        Files.write(file, java.util.Arrays.copyOf(good, good.length - 1));
        assertThat(maps.open(volume, 1L << 30)).isEmpty();
    }
}
