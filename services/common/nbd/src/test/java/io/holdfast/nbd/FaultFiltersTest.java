package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.nbd.device.DelayFilter;
import io.holdfast.nbd.device.ErrorFilter;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.device.Operation;
import io.holdfast.nbd.device.PauseFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The filters that inject faults do exactly the fault they were asked for. */
class FaultFiltersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private FileBlockDevice disk;

    @BeforeEach
    void open() throws IOException {
        disk = FileBlockDevice.create(folder.resolve("d.raw"), 1 << 20);
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    private static CompletableFuture<Void> inBackground(BlockDevice device) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        device.write(0, ByteBuffer.wrap(new byte[] {1}), false);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    @Test
    void errorsHitOnlyWhatMatchesAndTheDeviceBelowDoesNotSeeIt() throws IOException {
        ErrorFilter filter = new ErrorFilter(disk);
        filter.failWhen(operation -> operation.kind().changesContents() && operation.touches(4096, 4096), NbdError.EIO);

        filter.write(0, ByteBuffer.wrap(new byte[4096]), false);
        NbdException failure = catchThrowableOfType(
                NbdException.class, () -> filter.write(8191, ByteBuffer.wrap(new byte[] {1}), false));

        assertThat(failure.error()).isEqualTo(NbdError.EIO);
        assertThat(Fixture.read(filter, 8191, 1)).containsExactly(0);
        assertThat(filter.injectedErrors()).isEqualTo(1);
        filter.heal();
        filter.write(8191, ByteBuffer.wrap(new byte[] {1}), false);
    }

    @Test
    void randomErrorsOfOneSeedAreTheSameErrors() {
        List<List<Boolean>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            ErrorFilter filter = new ErrorFilter(disk);
            filter.failRandomly(0.3, 77, NbdError.EIO);
            List<Boolean> failed = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                failed.add(catchThrowableOfType(NbdException.class, filter::flush) != null);
            }
            runs.add(failed);
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1)).contains(true, false);
    }

    @Test
    void aDelayIsAtLeastAsLongAsAskedFor() throws IOException {
        DelayFilter filter = new DelayFilter(disk);
        filter.delayBy(operation -> Duration.ofMillis(operation.kind() == Operation.Kind.FLUSH ? 50 : 0));
        long begin = System.nanoTime();
        filter.flush();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }

    @Test
    void whilePausedTheDeviceBelowStandsStill() throws Exception {
        PauseFilter filter = new PauseFilter(disk, PATIENCE);
        assertThat(filter.pause(PATIENCE)).isTrue();
        CompletableFuture<Void> write = inBackground(filter);
        assertThat(filter.awaitHeld(1, PATIENCE)).isTrue();
        assertThat(Fixture.read(disk, 0, 1)).containsExactly(0);

        filter.resume();
        write.get();

        assertThat(Fixture.read(disk, 0, 1)).containsExactly(1);
        assertThat(filter.heldCount()).isZero();
    }

    @Test
    void pausingWaitsForOperationsUnderWay() throws Exception {
        PauseFilter below = new PauseFilter(disk, PATIENCE);
        PauseFilter filter = new PauseFilter(below, PATIENCE);
        below.holdWhen(_ -> true);
        CompletableFuture<Void> write = inBackground(filter);
        assertThat(below.awaitHeld(1, PATIENCE)).isTrue();

        assertThat(filter.pause(Duration.ofMillis(20))).as("one is under way").isFalse();
        below.resume();
        assertThat(filter.pause(PATIENCE)).isTrue();
        write.get();
    }

    @Test
    void anOperationThatIsHeldForTooLongFails() {
        PauseFilter filter = new PauseFilter(disk, Duration.ofMillis(20));
        filter.holdWhen(_ -> true);
        NbdException failure = catchThrowableOfType(NbdException.class, filter::flush);
        assertThat(failure.error()).isEqualTo(NbdError.EIO);
    }
}
