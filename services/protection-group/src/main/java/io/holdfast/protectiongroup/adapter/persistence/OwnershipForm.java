package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.RunId;
import io.holdfast.protectiongroup.ownership.Ownership;
import java.time.Instant;
import java.util.Optional;

/** An ownership that has moved, as it is stored with a member. */
record OwnershipForm(long epoch, String run, String owner, String since) {

    /** Null for one that never moved. */
    static OwnershipForm of(Ownership ownership) {
        if (ownership.equals(Ownership.ORIGINAL)) {
            return null;
        }
        return new OwnershipForm(
                ownership.epoch(),
                ownership.holder().map(holder -> holder.run().toString()).orElse(null),
                ownership.holder().map(Ownership.Holder::owner).orElse(null),
                ownership.since().toString());
    }

    static Ownership read(OwnershipForm form) {
        if (form == null) {
            return Ownership.ORIGINAL;
        }
        return new Ownership(
                form.epoch(),
                Optional.ofNullable(form.run()).map(run -> new Ownership.Holder(RunId.parse(run), form.owner())),
                Instant.parse(form.since()));
    }
}
