package io.holdfast.testkit.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Disks for the guest program {@code postgres}: the first with the data alone, which is what tests protect, the second with the server's
 * programs. The server is the one of the embedded test databases.
 */
public final class PostgresDisks {
    /** Where the server listens inside the guest. */
    public static final int PORT = 5432;

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final long PROGRAMS_BYTES = 96L << 20;

    private final Path folder;
    private final Path programs;

    private PostgresDisks(Path folder, Path programs) {
        this.folder = folder;
        this.programs = programs;
    }

    /** Unpacks the server into the folder, which is there and empty. */
    public static PostgresDisks unpack(GuestParts parts, Path folder) {
        Path server = folder.resolve("programs").resolve("pg");
        try (InputStream archive = PostgresDisks.class.getResourceAsStream(ARCHIVE)) {
            if (archive == null) {
                throw new IllegalStateException("the embedded PostgreSQL for Linux is not on the class path");
            }
            Files.createDirectories(server);
            Files.copy(archive, folder.resolve("postgres.txz"));
            Tool.run(
                    "tar", "-xJf", folder.resolve("postgres.txz").toString(), "-C", server.toString(), "--exclude=*.a");
            Path system = Files.createDirectories(folder.resolve("programs").resolve("system"));
            for (Path library : parts.librariesOf(server.resolve("bin/postgres"), server.resolve("lib"))) {
                if (!library.startsWith(server)) {
                    Files.copy(library, system.resolve(library.getFileName()));
                }
            }
            Path image = folder.resolve("programs.img");
            Ext4.create(image, PROGRAMS_BYTES, Optional.of(folder.resolve("programs")));
            return new PostgresDisks(folder, image);
        } catch (IOException failed) {
            throw new UncheckedIOException("PostgreSQL could not be unpacked into " + folder, failed);
        }
    }

    /** For any number of guests at a time, as long as none writes to it: use {@link #programsCopy} for a second guest. */
    public Path programs() {
        return programs;
    }

    /** A copy of the programs' disk for one more guest. */
    public Path programsCopy(String name) {
        try {
            return Files.copy(programs, folder.resolve(name + ".img"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /**
     * Makes a disk with an empty database cluster: data checksums, everything durable (the defaults), small write-ahead log.
     *
     * @param settings further lines of postgresql.conf
     */
    public void createData(Path image, long sizeBytes, List<String> settings) {
        Path root = folder.resolve("data-root");
        Path data = root.resolve("data");
        List<String> initdb = new ArrayList<>();
        if (owner(folder) == 0) {
            // It refuses to run as root; in a user namespace of its own it is nobody. The guest hands the files to the
            // server's user.
            initdb.addAll(List.of("unshare", "-U"));
        }
        initdb.addAll(List.of(
                folder.resolve("programs/pg/bin/initdb").toString(),
                "-D",
                data.toString(),
                "-U",
                "postgres",
                "-A",
                "trust",
                "--no-locale",
                "-E",
                "UTF8",
                "--data-checksums",
                "--wal-segsize=1",
                "--no-sync"));
        try {
            Files.createDirectories(root);
            Tool.run(initdb.toArray(String[]::new));
            List<String> lines = new ArrayList<>(List.of(
                    "max_wal_size = 8MB", "min_wal_size = 2MB", "shared_buffers = 16MB", "max_connections = 10"));
            lines.addAll(settings);
            Files.write(data.resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
            Files.writeString(
                    data.resolve("pg_hba.conf"), "host all all 10.0.2.0/24 trust\n", StandardOpenOption.APPEND);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Ext4.create(image, sizeBytes, Optional.of(root));
    }

    private static int owner(Path path) {
        try {
            return (Integer) Files.getAttribute(path, "unix:uid");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
