package io.holdfast.recoveryplan.plan;

/** Where a NIC is plugged in at the recovery site. */
public sealed interface NetworkTarget {
    String name();

    /** A network of its own, without any way out, that exists only for the machines of one run on one host. */
    record Isolated(String name) implements NetworkTarget {}

    /** A network that the host's configuration has under this name. */
    record Host(String name) implements NetworkTarget {}
}
