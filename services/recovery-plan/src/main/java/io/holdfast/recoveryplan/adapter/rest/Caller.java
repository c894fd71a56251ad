package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.run.Mode;
import io.quarkus.security.identity.SecurityIdentity;

/** Who asks, as runs, plans and reports record it. */
final class Caller {
    private Caller() {}

    static String name(SecurityIdentity identity) {
        return identity.getPrincipal().getName();
    }

    /** @throws HoldfastException {@code FORBIDDEN} if it is no TEST and the caller has not the role recovery */
    static void requireRoleOf(SecurityIdentity identity, Mode mode) {
        if (mode != Mode.TEST && !identity.hasRole(Roles.RECOVERY)) {
            throw new HoldfastException(
                    CommonError.FORBIDDEN, "a run that is no TEST needs the role " + Roles.RECOVERY);
        }
    }
}
