package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.util.List;

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

    /** @param name a label */
    public record Vm(VmId id, String name) {}

    /** Whether its journal grows, or would if the source were reachable. */
    public boolean isProtected() {
        return switch (lifecycle) {
            case "PROTECTED", "RESYNC", "TESTING" -> true;
            default -> false;
        };
    }
}
