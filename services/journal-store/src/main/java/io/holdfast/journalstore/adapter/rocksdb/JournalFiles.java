package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.id.PgId;
import java.nio.file.Path;

/** Where the parts of one journal are. */
public record JournalFiles(Path directory) {
    /** The journal of a group below a data directory. */
    public static JournalFiles of(Path dataDirectory, PgId pg) {
        return new JournalFiles(dataDirectory.resolve(pg.toString()));
    }

    public Path database() {
        return directory.resolve("db");
    }

    public Path images() {
        return directory.resolve("images");
    }

    public Path sessions() {
        return directory.resolve("sessions");
    }

    public Path scrub() {
        return directory.resolve("scrub.json");
    }

    public Path seeds() {
        return directory.resolve("seeds.json");
    }

    /** Where imports are prepared. */
    public Path seeding() {
        return directory.resolve("seeding");
    }

    /** What a branch needs of blocks that were overwritten since the commit. */
    public Path branch() {
        return directory.resolve("branch");
    }

    /** What is kept of old disks: blocks that were overwritten since they were imported. */
    public Path kept() {
        return directory.resolve("kept");
    }

    public Path keptList() {
        return directory.resolve("kept.json");
    }

    public Path manifest() {
        return directory.resolve("manifest.json");
    }
}
