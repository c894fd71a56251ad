package io.holdfast.inventory.mirror;

/** How something is, from best to worst; what is not known is worse than what is known to be all right. */
public enum Health {
    OK,
    UNKNOWN,
    WARNING,
    CRITICAL;

    Health worse(Health other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
