package io.holdfast.protectiongroup.lifecycle;

import io.holdfast.kernel.id.CheckpointId;
import java.time.Instant;
import java.util.Optional;

/** What observations of the data plane do to a lifecycle; the decision table is in docs/protection-lifecycle.md. */
public final class LifecycleProgress {
    private LifecycleProgress() {}

    /** Every volume is in sync; the group is protected as soon as a checkpoint shows it. */
    public static Lifecycle inSync(Lifecycle state, Optional<CheckpointId> newest, Instant now) {
        return switch (state) {
            case Lifecycle.InitialSync syncing -> newest.isPresent() ? syncing.protect(now) : syncing;
            case Lifecycle.Resync syncing ->
                newest.isPresent() && !newest.equals(syncing.lastBefore()) ? syncing.protect(now) : syncing;
            case Lifecycle.Draft unmoved -> unmoved;
            case Lifecycle.Protected unmoved -> unmoved;
            case Lifecycle.Paused unmoved -> unmoved;
            case Lifecycle.FailingOver unmoved -> unmoved;
            case Lifecycle.FailedOver unmoved -> unmoved;
            case Lifecycle.Removed unmoved -> unmoved;
        };
    }

    /** A volume is known not to be in sync. */
    public static Lifecycle outOfSync(
            Lifecycle state, ResyncReason reason, Optional<CheckpointId> newest, Instant now) {
        return switch (state) {
            case Lifecycle.Protected covered -> covered.resync(reason, newest, now);
            case Lifecycle.Draft unmoved -> unmoved;
            case Lifecycle.InitialSync unmoved -> unmoved;
            case Lifecycle.Resync unmoved -> unmoved;
            case Lifecycle.Paused unmoved -> unmoved;
            case Lifecycle.FailingOver unmoved -> unmoved;
            case Lifecycle.FailedOver unmoved -> unmoved;
            case Lifecycle.Removed unmoved -> unmoved;
        };
    }
}
