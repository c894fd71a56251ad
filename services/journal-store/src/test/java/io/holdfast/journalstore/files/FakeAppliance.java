package io.holdfast.journalstore.files;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** An appliance with one file system and one file of 5,000,000 zeroes, that does what a test says. */
final class FakeAppliance implements Appliance {
    static final long SIZE = 5_000_000;
    final CountDownLatch mayOpen = new CountDownLatch(1);
    final CountDownLatch mayAnswer = new CountDownLatch(1);
    final CountDownLatch asked = new CountDownLatch(1);
    volatile HoldfastException refusal;
    volatile boolean dead;
    volatile int closings;

    @Override
    public List<GuestFileSystem> launch(Duration limit) {
        await(mayOpen);
        refuse();
        return List.of(
                new GuestFileSystem("/dev/sda1", "swap", "", 1, Optional.empty()),
                new GuestFileSystem("/dev/sda2", "ext4", "", 1, Optional.empty()));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    private void refuse() {
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public List<GuestEntry> list(GuestFileSystem fileSystem, GuestPath folder, Optional<GuestText> after, int limit) {
        asked.countDown();
        await(mayAnswer);
        refuse();
        return List.of(look(fileSystem, GuestPath.parse("/file")));
    }

    @Override
    public GuestEntry look(GuestFileSystem fileSystem, GuestPath path) {
        refuse();
        GuestEntry.Kind kind = path.toString().equals("/file") ? GuestEntry.Kind.FILE : GuestEntry.Kind.FOLDER;
        return new GuestEntry(path.name(), kind, SIZE, Instant.EPOCH, 0644, 0, 0, Optional.empty());
    }

    @Override
    public byte[] read(GuestFileSystem fileSystem, GuestPath path, long offset, int count) {
        refuse();
        return new byte[count];
    }

    void die() {
        dead = true;
        refusal = new HoldfastException(JournalError.FILE_TOOLS_FAILED, "it died");
    }

    @Override
    public boolean isAlive() {
        return !dead;
    }

    @Override
    public void close() {
        closings++;
        mayOpen.countDown();
    }
}
