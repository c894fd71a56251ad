package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.util.List;
import java.util.Optional;

/**
 * A protection group as its newest event told it.
 *
 * @param vms its members
 * @param lifecycle word of the protection-group service, such as PROTECTED
 */
public record ProtectedGroup(PgId pgId, String name, String lifecycle, long revision, List<Vm> vms) {
    public ProtectedGroup {
        vms = List.copyOf(vms);
    }

    /**
     * @param name a label
     * @param agent of its host; empty if no event has named one
     */
    public record Vm(VmId id, String name, Optional<AgentId> agent) {
        public Vm {
            // What was learnt by an earlier version has none.
            agent = agent == null ? Optional.empty() : agent;
        }

        public Vm(VmId id, String name) {
            this(id, name, Optional.empty());
        }
    }

    /** Whether its journal grows, or would if the source were reachable. */
    public boolean isProtected() {
        return switch (lifecycle) {
            case "PROTECTED", "RESYNC", "TESTING" -> true;
            default -> false;
        };
    }
}
