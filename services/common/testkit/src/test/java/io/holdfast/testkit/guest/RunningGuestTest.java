package io.holdfast.testkit.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testkit.guest.Ext4.Judgement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningGuestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @Test
    void aGuestBootsWritesToItsDiskAndLosesNothingForcedAtAPowerCut(@TempDir Path folder) throws Exception {
        GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
        Path disk = folder.resolve("disk.img");
        Ext4.create(disk, 64 << 20, Optional.empty());
        assertThat(Ext4.judge(disk).isClean()).as("a new file system").isTrue();
        long done;
        try (RunningGuest guest = GuestSpec.running(image, "files")
                .with(new GuestDisk.ImageFile("disk0", disk, "raw"))
                .start(folder.resolve("evidence"))) {
            double bootSeconds = guest.awaitReady(PATIENCE);
            System.out.println("the guest was ready after " + bootSeconds + " s of its own time");
            guest.awaitDone(40, PATIENCE);
            done = guest.done();
            guest.kill();
            assertThat(guest.isRunning()).isFalse();
        }

        Judgement cut = Ext4.judge(disk);
        assertThat(cut.needsRecovery())
                .as("a power cut leaves a journal to be replayed")
                .isTrue();
        Ext4.recover(disk);
        assertThat(Ext4.judge(disk).isClean()).isTrue();
        LoadedFiles found = LoadedFiles.extract(disk, folder.resolve("found"));
        found.requireWholeUpTo(done);
        assertThat(Files.size(disk)).isEqualTo(64 << 20);
    }

    @Test
    void aServiceFindsEveryRecordThatItHadForcedBeforeThePowerCutAndSaysWhenOneIsMissing(@TempDir Path folder)
            throws Exception {
        GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
        Path disk = folder.resolve("disk.img");
        Ext4.create(disk, 64 << 20, Optional.empty());
        GuestSpec service = GuestSpec.running(image, "records").with(new GuestDisk.ImageFile("disk0", disk, "raw"));
        long forced;
        try (RunningGuest guest = service.start(folder.resolve("evidence"))) {
            guest.awaitLine(Pattern.compile("HF records 0 gap-free"), PATIENCE);
            guest.awaitDone(20, PATIENCE);
            forced = guest.done();
            guest.kill();
        }
        try (RunningGuest guest = service.start(folder.resolve("evidence"))) {
            String found = guest.awaitLine(Pattern.compile("HF records (\\d+) gap-free"), PATIENCE)
                    .group(1);
            assertThat(Long.parseLong(found)).isGreaterThanOrEqualTo(forced);
        }
        Path holed = Files.createDirectory(folder.resolve("holed"));
        Files.writeString(holed.resolve("records"), "1 end\n3 end\n");
        Ext4.create(disk, 64 << 20, Optional.of(holed));
        try (RunningGuest guest = service.start(folder.resolve("evidence"))) {
            guest.awaitLine(Pattern.compile("HF records broken after 1"), PATIENCE);
        }
    }
}
