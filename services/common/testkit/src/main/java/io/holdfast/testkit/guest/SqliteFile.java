package io.holdfast.testkit.guest;

import java.nio.file.Path;

/** A database of the guest program {@code sqlite}, copied out of a disk image, with its write-ahead log. */
public record SqliteFile(GuestParts parts, Path file) {
    /** Copies the database into the folder, which is there and empty. */
    public static SqliteFile extract(GuestParts parts, Path image, String path, Path folder) {
        Ext4.extract(image, path, folder);
        // Without its log a database in WAL mode lacks its newest commits. The -shm file is rebuilt from it.
        Ext4.extract(image, path + "-wal", folder);
        return new SqliteFile(parts, folder.resolve(Path.of(path).getFileName()));
    }

    /** The answer to one statement, one row per line. */
    public String query(String statement) {
        Path sqlite = parts.program("usr/bin/sqlite3");
        return Tool.run(
                parts.loader().toString(),
                "--library-path",
                parts.root().resolve("lib/x86_64-linux-gnu") + ":"
                        + parts.root().resolve("usr/lib/x86_64-linux-gnu"),
                sqlite.toString(),
                "-batch",
                file.toString(),
                statement);
    }
}
