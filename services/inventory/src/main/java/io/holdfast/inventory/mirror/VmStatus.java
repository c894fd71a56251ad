package io.holdfast.inventory.mirror;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.util.Objects;

/**
 * A protected VM and who owns it, as a site tells others.
 *
 * @param epoch of the ownership; 0 = it never moved
 * @param owner the owner's name, for people; empty = the VM's source
 */
public record VmStatus(VmId id, String name, PgId group, long epoch, String owner) {
    public VmStatus {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(owner, "owner");
        if (epoch < 0) {
            throw new IllegalArgumentException("an epoch is not negative");
        }
    }
}
