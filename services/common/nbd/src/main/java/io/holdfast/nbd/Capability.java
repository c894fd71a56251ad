package io.holdfast.nbd;

/** What a device can do. The server turns the set into transmission flags (NBD specification, "Transmission flags"). */
public enum Capability {
    /** Writes, zeroing and trims are refused with {@link NbdError#EPERM} before they reach the device. */
    READ_ONLY,
    /** {@link BlockDevice#flush} makes completed writes durable. Without it, completed writes have no stated durability. */
    FLUSH,
    /** A write, zeroing or trim with {@code fua} is durable when it returns. */
    FUA,
    /** {@link BlockDevice#trim} exists. */
    TRIM,
    /** {@link BlockDevice#zero} exists. Without it clients send zeroes as data. */
    WRITE_ZEROES,
    /** {@link BlockDevice#zero} honours {@link ZeroOptions#onlyIfFast}. Needs {@link #WRITE_ZEROES}. */
    FAST_ZERO,
    /** A flush on one connection covers the completed writes of all; see the package description. */
    MULTI_CONN,
    /** Seeks are expensive; clients may sort requests. */
    ROTATIONAL,
    /** {@link BlockDevice#cache} does something useful. */
    CACHE
}
