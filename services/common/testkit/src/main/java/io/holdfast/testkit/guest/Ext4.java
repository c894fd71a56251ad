package io.holdfast.testkit.guest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** ext4 in an image file, by the file system's own tools; nothing is mounted and no root is needed. */
public final class Ext4 {
    private Ext4() {}

    /**
     * What the tools say of an image, which is not changed by it.
     *
     * @param needsRecovery its journal has to be replayed, as after a power cut
     * @param consistent as it stands, without a replay
     * @param findings of e2fsck
     */
    public record Judgement(boolean needsRecovery, boolean consistent, String findings) {
        /** As after a clean unmount. */
        public boolean isClean() {
            return consistent && !needsRecovery;
        }
    }

    /** Makes an image with a new file system, with the contents of a folder when one is given. Owners and modes come along. */
    public static void create(Path image, long sizeBytes, Optional<Path> contents) {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(sizeBytes);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        // A journal of 4 MiB: a small disk's default is smaller than what the load writes between two checkpoints of
        // it.
        if (contents.isPresent()) {
            Tool.run(
                    "mkfs.ext4",
                    "-q",
                    "-F",
                    "-J",
                    "size=4",
                    "-d",
                    contents.get().toString(),
                    image.toString());
        } else {
            Tool.run("mkfs.ext4", "-q", "-F", "-J", "size=4", image.toString());
        }
    }

    public static Judgement judge(Path image) {
        String header = Tool.run("dumpe2fs", "-h", image.toString());
        boolean needsRecovery = header.lines()
                .filter(line -> line.startsWith("Filesystem features:"))
                .anyMatch(line -> line.contains("needs_recovery"));
        // -f: also when it says that it is clean; -n: changes nothing, and leaves the journal alone.
        Tool.Result check = Tool.attempt("e2fsck", "-f", "-n", image.toString());
        return new Judgement(needsRecovery, check.exitCode() == 0, check.output());
    }

    /** What the next mount does: replays the journal and repairs what may be repaired unasked. */
    public static void recover(Path image) {
        Tool.Result repair = Tool.attempt("e2fsck", "-f", "-p", image.toString());
        // 1 = something was done.
        if (repair.exitCode() > 1) {
            throw new AssertionError("e2fsck -p ended with " + repair.exitCode() + ": " + repair.output());
        }
    }

    /** Copies a file or folder out of the image into the folder {@code into}, which is there. */
    public static void extract(Path image, String path, Path into) {
        String said = Tool.run("debugfs", "-R", "rdump " + path + " " + into, image.toString());
        if (said.contains("File not found")) {
            throw new AssertionError(path + " is not in " + image + ": " + said);
        }
    }
}
