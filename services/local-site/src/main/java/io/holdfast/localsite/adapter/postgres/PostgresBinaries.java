package io.holdfast.localsite.adapter.postgres;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked once per user from the jar that zonky publishes.
 *
 * <p>Only zonky's packaging is used and not its server class: that one switches {@code fsync} off and starts the server
 * as a daemon that outlives us, which is right for unit tests and wrong for data that is to survive.
 */
final class PostgresBinaries {
    private PostgresBinaries() {}

    /**
     * The directory with {@code bin/postgres}, unpacked below {@code cache} when it is not there yet. Several processes
     * may do this at once.
     */
    static Path unpacked(Path cache) {
        byte[] archive = archive();
        Path home = cache.resolve("postgres-" + digest(archive));
        if (Files.isExecutable(home.resolve("bin/postgres"))) {
            return home;
        }
        try {
            Files.createDirectories(cache);
            Path staging = Files.createTempDirectory(
                    cache,
                    "unpack-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            try {
                unpack(archive, staging);
                publish(staging, home);
            } finally {
                deleteTree(staging);
            }
            return home;
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "PostgreSQL cannot be unpacked to %s: %s.".formatted(cache, failed.getMessage()),
                    failed);
        }
    }

    private static void publish(Path staging, Path home) throws IOException {
        try {
            Files.move(staging, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException taken) {
            if (!Files.isExecutable(home.resolve("bin/postgres"))) {
                throw taken;
            }
            // Another process was faster with the same bytes.
        }
    }

    /**
     * Looked up by its name and not through the library's resolver: that one refuses a class path with the same archive twice, which a
     * build has that puts both our jar with its own libraries and the repository's on it.
     */
    private static byte[] archive() {
        String name = "/postgres-linux-%s.txz".formatted(architecture());
        try (InputStream stream = PostgresBinaries.class.getResourceAsStream(name)) {
            if (stream != null) {
                return stream.readAllBytes();
            }
            throw new IOException("no resource " + name);
        } catch (IOException missing) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_TOOL_MISSING,
                    "There is no packaged PostgreSQL for %s on %s."
                            .formatted(System.getProperty("os.name"), System.getProperty("os.arch")),
                    missing);
        }
    }

    private static String architecture() {
        return System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64";
    }

    private static String digest(byte[] archive) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException noSha) {
            throw new IllegalStateException("every JDK has SHA-256", noSha);
        }
    }

    private static void unpack(byte[] archive, Path target) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new ByteArrayInputStream(archive)))) {
            TarArchiveEntry entry;
            while ((entry = tar.getNextEntry()) != null) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("the archive names a file outside itself: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path, StandardCopyOption.REPLACE_EXISTING);
                    boolean executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }
}
