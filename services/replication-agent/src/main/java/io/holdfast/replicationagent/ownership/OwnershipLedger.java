package io.holdfast.replicationagent.ownership;

import io.holdfast.kernel.id.VmId;
import java.util.Map;
import java.util.Optional;

/** Keeps what this host was told, over everything that may happen to it. */
public interface OwnershipLedger {
    /**
     * What is kept.
     *
     * @param bootId the host's, when the agent last served with its ownerships confirmed
     * @param vms the newest ownership of every machine that was ever heard of
     */
    record Entry(String bootId, Map<VmId, Ownership> vms) {
        public Entry {
            vms = Map.copyOf(vms);
        }
    }

    /**
     * @return empty when nothing was ever kept
     * @throws io.holdfast.kernel.error.HoldfastException {@code STATE_FILE_DAMAGED}: fences must not be forgotten, so nothing may be served
     */
    Optional<Entry> load();

    /** Replaces what is kept; durable when it returns. */
    void save(Entry entry);
}
