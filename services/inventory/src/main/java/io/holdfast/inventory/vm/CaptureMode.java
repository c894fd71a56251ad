package io.holdfast.inventory.vm;

/** How an agent learns of a VM's writes. */
public enum CaptureMode {
    /** The VM's disk is an NBD export of the agent. */
    INLINE,
    /** A running QEMU mirrors every write to the agent. */
    TAP,
    /** A running QEMU notes where it wrote and is asked from time to time. */
    INTERVAL
}
