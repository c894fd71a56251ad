package io.holdfast.protectiongroup.ownership;

import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * Which place may run a VM and write its disks (docs/ownership.md, invariant 10 of the architecture). A value; every move makes a greater epoch.
 *
 * @param epoch 0 = it never moved
 * @param holder the recovery that has taken the VM; empty = the VM's source owns it
 * @param since of the last move; the epoch's beginning of time when it never moved
 */
public record Ownership(long epoch, Optional<Holder> holder, Instant since) {
    public static final Ownership ORIGINAL = new Ownership(0, Optional.empty(), Instant.EPOCH);

    /** @param owner name for people, at most {@link #MAX_OWNER_LENGTH} characters */
    public record Holder(RunId run, String owner) {
        public Holder {
            Objects.requireNonNull(run, "run");
            Objects.requireNonNull(owner, "owner");
        }
    }

    public static final int MAX_OWNER_LENGTH = 200;

    public Ownership {
        Objects.requireNonNull(holder, "holder");
        Objects.requireNonNull(since, "since");
        if (epoch < 0) {
            throw new IllegalArgumentException("an ownership epoch is 0 or more, not " + epoch);
        }
    }

    public Ownership takenBy(Holder next, Instant now) {
        return new Ownership(epoch + 1, Optional.of(next), now);
    }

    /** The source owns the VM again. */
    public Ownership givenBack(Instant now) {
        return new Ownership(epoch + 1, Optional.empty(), now);
    }
}
