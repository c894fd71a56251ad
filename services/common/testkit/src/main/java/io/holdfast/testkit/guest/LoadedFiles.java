package io.holdfast.testkit.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What the guest program {@code files} left on a disk. */
public final class LoadedFiles {
    /** Files that the program keeps. */
    private static final int KEPT = 200;

    private final Path files;
    private final List<String> ledger;

    private LoadedFiles(Path files, List<String> ledger) {
        this.files = files;
        this.ledger = ledger;
    }

    /** Reads them out of an image that is not mounted. */
    public static LoadedFiles extract(Path image, Path folder) {
        try {
            Files.createDirectories(folder);
            Ext4.extract(image, "/files", folder);
            Ext4.extract(image, "/ledger", folder);
            // The last line may be half written when a power cut came between.
            String text = Files.readString(folder.resolve("ledger"), StandardCharsets.ISO_8859_1);
            return new LoadedFiles(
                    folder.resolve("files"),
                    text.substring(0, text.lastIndexOf('\n') + 1).lines().toList());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** How many files were written down. */
    public long written() {
        return ledger.size();
    }

    /**
     * Every file that was written down is there as it was written, and at least so many were.
     *
     * @param promised number that the guest had said to be done
     */
    public void requireWholeUpTo(long promised) {
        if (written() < promised) {
            throw new AssertionError("the guest had done " + promised + ", the disk has " + written());
        }
        // The newest may have been removed one further than the ledger says.
        for (long number = Math.max(1, written() - KEPT + 2); number <= written(); number++) {
            String[] row = ledger.get(Math.toIntExact(number - 1)).split(" ");
            if (!row[0].equals(Long.toString(number))) {
                throw new AssertionError("line " + number + " of the ledger says " + row[0]);
            }
            String found = sha256(files.resolve(row[0]));
            if (!found.equals(row[1])) {
                throw new AssertionError("file " + number + " has checksum " + found + ", written was " + row[1]);
            }
        }
    }

    private static String sha256(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException missing) {
            throw new AssertionError(file + " cannot be read: " + missing, missing);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
