package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file device: contents, holes, ends, interrupts. */
class FileBlockDeviceTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path folder;

    private FileBlockDevice created() throws IOException {
        return FileBlockDevice.create(folder.resolve("d.raw"), SIZE);
    }

    @Test
    void aNewFileIsOneHole() throws IOException {
        try (FileBlockDevice device = created()) {
            assertThat(device.size()).isEqualTo(SIZE);
            assertThat(device.extents(0, SIZE)).containsExactly(new Extent(0, SIZE, Extent.Kind.HOLE));
        }
    }

    @Test
    void creatingNeverOverwrites() throws IOException {
        created().close();
        assertThatThrownBy(this::created).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void trimmingWrittenBlocksMakesAHole() throws IOException {
        try (FileBlockDevice device = created()) {
            device.write(0, ByteBuffer.wrap(Fixture.randomBytes(new Random(5), SIZE)), false);
            device.trim(262_144, 65_536, true);
            assertThat(device.extents(0, SIZE))
                    .containsExactly(
                            new Extent(0, 262_144, Extent.Kind.DATA),
                            new Extent(262_144, 65_536, Extent.Kind.HOLE),
                            new Extent(327_680, SIZE - 327_680, Extent.Kind.DATA));
            assertThat(device.extents(100, 1000, 1)).containsExactly(new Extent(100, 1000, Extent.Kind.DATA));
            assertThat(device.extents(0, SIZE, 2)).hasSize(2);
        }
    }

    @Test
    void everyAccessBeyondTheEndIsRefusedWithTheProtocolsError() throws IOException {
        try (FileBlockDevice device = created()) {
            ByteBuffer two = ByteBuffer.allocate(2);
            assertThat(errorOf(() -> device.read(SIZE - 1, two))).isEqualTo(NbdError.EINVAL);
            assertThat(errorOf(() -> device.read(-1, two))).isEqualTo(NbdError.EINVAL);
            assertThat(errorOf(() -> device.write(SIZE - 1, two, false))).isEqualTo(NbdError.ENOSPC);
            assertThat(errorOf(() -> device.zero(SIZE, 1, ZeroOptions.DEFAULT))).isEqualTo(NbdError.ENOSPC);
            assertThat(errorOf(() -> device.trim(Long.MAX_VALUE, 2, false))).isEqualTo(NbdError.EINVAL);
            assertThat(errorOf(() -> device.extents(0, SIZE + 1))).isEqualTo(NbdError.EINVAL);
        }
    }

    @Test
    void aReadOnlyDeviceChangesNothing() throws IOException {
        created().close();
        try (FileBlockDevice device = FileBlockDevice.openReadOnly(folder.resolve("d.raw"))) {
            assertThat(device.capabilities()).contains(Capability.READ_ONLY);
            assertThat(errorOf(() -> device.write(0, ByteBuffer.allocate(1), false)))
                    .isEqualTo(NbdError.EPERM);
            assertThat(errorOf(() -> device.zero(0, 1, ZeroOptions.DEFAULT))).isEqualTo(NbdError.EPERM);
            assertThat(errorOf(() -> device.trim(0, 1, false))).isEqualTo(NbdError.EPERM);
            device.flush();
        }
    }

    @Test
    void afterCloseOperationsSayShutdown() throws IOException {
        FileBlockDevice device = created();
        device.close();
        device.close();
        assertThat(errorOf(() -> device.read(0, ByteBuffer.allocate(1)))).isEqualTo(NbdError.ESHUTDOWN);
        assertThat(errorOf(() -> device.write(0, ByteBuffer.allocate(1), false)))
                .isEqualTo(NbdError.ESHUTDOWN);
        assertThat(errorOf(device::flush)).isEqualTo(NbdError.ESHUTDOWN);
        assertThat(errorOf(() -> device.zero(0, 4096, ZeroOptions.DEFAULT))).isEqualTo(NbdError.ESHUTDOWN);
        assertThat(errorOf(() -> device.extents(0, 4096))).isEqualTo(NbdError.ESHUTDOWN);
    }

    @Test
    void aFileThatWasCutShorterIsAnErrorAndNotZeroes() throws IOException {
        try (FileBlockDevice device = created()) {
            try (FileChannel file = FileChannel.open(folder.resolve("d.raw"), StandardOpenOption.WRITE)) {
                file.truncate(1000);
            }
            assertThat(errorOf(() -> device.read(500, ByteBuffer.allocate(1000))))
                    .isEqualTo(NbdError.EIO);
        }
    }

    @Test
    void anInterruptedThreadHarmsNeitherItsOwnOperationNorOthers() throws IOException {
        try (FileBlockDevice device = created()) {
            for (int i = 0; i < 100; i++) {
                Thread.currentThread().interrupt();
                device.write(i, ByteBuffer.wrap(new byte[] {(byte) i}), false);
                assertThat(Thread.interrupted()).as("the status is kept").isTrue();
                assertThat(Fixture.read(device, i, 1)).containsExactly(i);
            }
        }
    }

    @Test
    void interruptsFromOutsideDoNotCloseTheFile() throws Exception {
        try (FileBlockDevice device = created()) {
            Thread[] workers = new Thread[4];
            Throwable[] failures = new Throwable[workers.length];
            for (int t = 0; t < workers.length; t++) {
                int number = t;
                workers[t] = Thread.ofPlatform().start(() -> {
                    try {
                        byte[] mine = new byte[4096];
                        Arrays.fill(mine, (byte) number);
                        for (int i = 0; i < 3000; i++) {
                            device.write(number * 4096L, ByteBuffer.wrap(mine), false);
                            assertThat(Fixture.read(device, number * 4096L, 4096))
                                    .isEqualTo(mine);
                        }
                    } catch (Throwable e) {
                        failures[number] = e;
                    }
                });
            }
            for (int i = 0; i < 2000; i++) {
                workers[i % workers.length].interrupt();
                Thread.onSpinWait();
            }
            for (Thread worker : workers) {
                worker.join();
            }
            assertThat(failures).containsOnlyNulls();
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private static NbdError errorOf(Action action) {
        NbdException failure = catchThrowableOfType(NbdException.class, action::run);
        assertThat(failure).as("an error was expected").isNotNull();
        return failure.error();
    }
}
