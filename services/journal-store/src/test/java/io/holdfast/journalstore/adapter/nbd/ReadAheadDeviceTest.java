package io.holdfast.journalstore.adapter.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.device.ForwardingBlockDevice;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A device that is read ahead")
class ReadAheadDeviceTest {
    private static final int SIZE = 16 << 20;
    private static final int REQUEST = 64 << 10;

    @TempDir
    Path folder;

    private final AtomicLong fetched = new AtomicLong();

    /** A disk on which every read takes its time, and that fails from some offset on. */
    private static final class SlowDisk extends ForwardingBlockDevice {
        private final long failsFrom;
        private final AtomicLong highest = new AtomicLong();

        SlowDisk(BlockDevice below, long failsFrom) {
            super(below);
            this.failsFrom = failsFrom;
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            highest.accumulateAndGet(offset + dst.remaining(), Math::max);
            LockSupport.parkNanos(2_000_000);
            if (offset + dst.remaining() > failsFrom) {
                throw new NbdException(NbdError.EIO, "broken there");
            }
            super.read(offset, dst);
        }
    }

    private SlowDisk disk(byte[] contents, long failsFrom) throws IOException {
        return new SlowDisk(FileBlockDevice.open(Files.write(folder.resolve("disk"), contents)), failsFrom);
    }

    private static byte[] random() {
        byte[] bytes = new byte[SIZE];
        new Random(9).nextBytes(bytes);
        return bytes;
    }

    @Test
    void gives_what_was_written_a_moment_ago_however_far_ahead_it_was_read() throws Exception {
        byte[] contents = random();
        try (Fetchers fetchers = new Fetchers(2, fetched::addAndGet);
                BlockDevice device = fetchers.ahead(disk(contents, Long.MAX_VALUE))) {
            ByteBuffer found = ByteBuffer.allocate(REQUEST);
            for (int at = 0; at < SIZE; at += REQUEST) {
                if (at + 2 * REQUEST <= SIZE) {
                    byte[] written = new byte[4096];
                    new Random(at).nextBytes(written);
                    System.arraycopy(written, 0, contents, at + REQUEST, 4096);
                    device.write(at + REQUEST, ByteBuffer.wrap(written), false);
                }
                device.read(at, found.clear());
                assertThat(found.flip()).as("at %d", at).isEqualTo(ByteBuffer.wrap(contents, at, REQUEST));
            }
        }
        assertThat(fetched.get()).as("it was read ahead").isPositive();
    }

    @Test
    void fails_only_where_its_client_reads_what_cannot_be_read() throws Exception {
        try (Fetchers fetchers = new Fetchers(2, fetched::addAndGet)) {
            SlowDisk disk = disk(random(), SIZE / 2);
            BlockDevice device = fetchers.ahead(disk);
            for (int at = 0; at < SIZE / 2; at += REQUEST) {
                device.read(at, ByteBuffer.allocate(REQUEST));
            }

            Eventually.await("it was read ahead", Duration.ofSeconds(60), () -> disk.highest.get() > SIZE / 2);
        }
    }

    @Test
    void asks_for_no_more_when_its_threads_are_closed() throws Exception {
        Fetchers fetchers = new Fetchers(1, fetched::addAndGet);
        try (BlockDevice device = fetchers.ahead(disk(random(), Long.MAX_VALUE))) {
            for (int at = 0; at < SIZE / 2; at += REQUEST) {
                device.read(at, ByteBuffer.allocate(REQUEST));
            }
            fetchers.close();
            for (int at = SIZE / 2; at < SIZE; at += REQUEST) {
                device.read(at, ByteBuffer.allocate(REQUEST));
            }
        }
    }
}
