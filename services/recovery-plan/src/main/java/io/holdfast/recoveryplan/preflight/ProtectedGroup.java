package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;

/**
 * A protection group as its newest event told it.
 *
 * @param lifecycle word of the protection-group service, such as PROTECTED
 */
public record ProtectedGroup(PgId pgId, String name, String lifecycle, long revision) {

    /** Whether its journal grows, or would if the source were reachable. */
    public boolean isProtected() {
        return switch (lifecycle) {
            case "PROTECTED", "RESYNC", "TESTING" -> true;
            default -> false;
        };
    }
}
