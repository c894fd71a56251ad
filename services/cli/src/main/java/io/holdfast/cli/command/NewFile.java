package io.holdfast.cli.command;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file that a command makes: whole or not at all, and never over another one. */
final class NewFile {
    private NewFile() {}

    /** What is written. */
    @FunctionalInterface
    interface Content {
        /** @return how many bytes */
        long writeTo(OutputStream out);
    }

    static void requireNone(Path target) {
        if (Files.exists(target)) {
            throw exists(target, null);
        }
    }

    /** @return how many bytes it has */
    static long write(Path target, Content content) {
        requireNone(target);
        Path partial = target.resolveSibling(target.getFileName() + ".part");
        try {
            long bytes;
            try (OutputStream out = Files.newOutputStream(partial, StandardOpenOption.CREATE_NEW)) {
                bytes = content.writeTo(out);
            } catch (FileAlreadyExistsException other) {
                throw exists(partial, other);
            } catch (IOException | CommandFailure failed) {
                Files.deleteIfExists(partial);
                throw failed;
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            return bytes;
        } catch (IOException unwritable) {
            throw new CommandFailure(
                    ExitCode.USAGE, "%s cannot be written: %s".formatted(target, unwritable), unwritable);
        }
    }

    private static CommandFailure exists(Path file, Throwable cause) {
        return new CommandFailure(ExitCode.USAGE, "%s exists already".formatted(file), cause);
    }
}
