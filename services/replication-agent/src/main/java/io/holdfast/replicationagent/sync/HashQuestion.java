package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.stream.SyncBase;

/**
 * Asks what a replica holds.
 *
 * @param id unique in this process
 * @param base the replica is to be read only after it has applied this
 * @param chunkBytes one hash for each; the range is a multiple of it, or ends at the volume's end
 * @param captureId lets the journal answer for what is known to be equal (docs/known-differences.md); empty = hashes only
 */
public record HashQuestion(
        long id, PgId pg, SyncBase base, VolumeId volume, long offset, long length, int chunkBytes, String captureId) {}
