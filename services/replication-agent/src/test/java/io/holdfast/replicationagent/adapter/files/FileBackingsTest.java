package io.holdfast.replicationagent.adapter.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.BackingFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every reason for which a backing is refused, with its code. */
class FileBackingsTest {
    @TempDir
    Path folder;

    private Path root;
    private FileBackings backings;

    @BeforeEach
    void roots() throws IOException {
        root = Files.createDirectory(folder.toRealPath().resolve("disks"));
        backings = new FileBackings(List.of(root), (image, _, _) -> {
            throw new AssertionError("opened as an image: " + image);
        });
    }

    private Path file(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    private void assertRefused(AgentError code, String backing) {
        assertThatThrownBy(() -> backings.open(backing, BackingFormat.RAW))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    @Test
    void aFileBelowARootIsOpenedAndGivenFreeAgain() throws IOException {
        Path disk = file(root.resolve("a.raw"), 8192);

        BlockDevice device = backings.open(disk.toString(), BackingFormat.RAW);

        assertThat(device.size()).isEqualTo(8192);
        assertRefused(AgentError.IN_USE_ELSEWHERE, disk.toString());
        device.close();
        backings.open(disk.toString(), BackingFormat.RAW).close();
    }

    @Test
    void whatDoesNotExistOrIsNoDiskIsMissing() throws IOException {
        Files.createDirectory(root.resolve("folder"));

        assertRefused(AgentError.BACKING_MISSING, root.resolve("nothing").toString());
        assertRefused(AgentError.BACKING_MISSING, root.resolve("folder").toString());
        assertRefused(AgentError.BACKING_MISSING, "a\0b");
    }

    @Test
    void aPathThatLeavesTheRootsIsRefusedHoweverItIsWritten() throws IOException {
        Path outside = file(folder.resolve("outside.raw"), 8192);
        Path link = Files.createSymbolicLink(root.resolve("link.raw"), outside);

        assertRefused(AgentError.BACKING_OUTSIDE_ROOTS, outside.toString());
        assertRefused(AgentError.BACKING_OUTSIDE_ROOTS, link.toString());
        assertRefused(AgentError.BACKING_OUTSIDE_ROOTS, root + "/../outside.raw");
        assertRefused(AgentError.BACKING_OUTSIDE_ROOTS, root.toString());
        assertRefused(AgentError.BACKING_OUTSIDE_ROOTS, "");
    }

    @Test
    void aLinkWithinTheRootsIsTheDiskItPointsTo() throws IOException {
        Path disk = file(root.resolve("a.raw"), 8192);
        Path link = Files.createSymbolicLink(root.resolve("link.raw"), disk);
        BlockDevice device = backings.open(link.toString(), BackingFormat.RAW);

        assertRefused(AgentError.IN_USE_ELSEWHERE, disk.toString());

        device.close();
    }

    @Test
    void aSizeThatIsNoMultipleOfABlockIsRefused() throws IOException {
        assertRefused(
                AgentError.SIZE_NOT_ALIGNED, file(root.resolve("odd.raw"), 8193).toString());
        assertRefused(
                AgentError.SIZE_NOT_ALIGNED, file(root.resolve("empty.raw"), 0).toString());
    }

    @Test
    void aDiskThatAnotherProcessHoldsIsRefused() throws Exception {
        Path disk = file(root.resolve("a.raw"), 8192);
        // Another process, with the same kind of lock that another agent would hold.
        Process holder = new ProcessBuilder(
                        "python3",
                        "-c",
                        "import fcntl,sys; f=open(sys.argv[1],'r+b'); fcntl.lockf(f,fcntl.LOCK_EX); print('held',flush=True); sys.stdin.read()",
                        disk.toString())
                .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");

            assertRefused(AgentError.IN_USE_ELSEWHERE, disk.toString());
        } finally {
            holder.destroy();
            holder.waitFor(10, TimeUnit.SECONDS);
        }
        backings.open(disk.toString(), BackingFormat.RAW).close();
    }
}
