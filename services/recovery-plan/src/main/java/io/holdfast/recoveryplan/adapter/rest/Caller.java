package io.holdfast.recoveryplan.adapter.rest;

import io.quarkus.security.identity.SecurityIdentity;

/** Who asks, as runs, plans and reports record it. */
final class Caller {
    private Caller() {}

    static String name(SecurityIdentity identity) {
        return identity.getPrincipal().getName();
    }
}
