package io.holdfast.journalstore.seeding;

import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What a seed gave one replica, kept read-only under a branch's name while the replica goes on (docs/commit-protocol.md, "Kept disks").
 *
 * @param seed the import's id
 * @param sizeBytes of the volume at the import; it may have grown since
 * @param until when it is given up, unless somebody reads it then
 * @param damage why it cannot be read any more; empty = it can
 */
public record KeptDisk(
        String branch,
        VolumeId volume,
        int volumeIndex,
        long sizeBytes,
        UUID seed,
        Instant since,
        Instant until,
        Optional<String> damage) {
    public KeptDisk {
        Objects.requireNonNull(branch, "branch");
        Objects.requireNonNull(volume, "volume");
        Objects.requireNonNull(seed, "seed");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(until, "until");
        Objects.requireNonNull(damage, "damage");
    }

    /** A block of the replica could not be saved before it was overwritten. */
    public KeptDisk damaged(String reason) {
        return new KeptDisk(branch, volume, volumeIndex, sizeBytes, seed, since, until, Optional.of(reason));
    }
}
