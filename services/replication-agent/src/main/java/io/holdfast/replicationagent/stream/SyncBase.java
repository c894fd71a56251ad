package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import java.util.Objects;

/**
 * The place of a sync's SyncStarted: what the replica held there is what the sync builds on, and names the sync.
 *
 * @param seq of SyncStarted
 */
public record SyncBase(Epoch epoch, Seq seq) {
    public SyncBase {
        Objects.requireNonNull(epoch, "epoch");
        Objects.requireNonNull(seq, "seq");
    }
}
