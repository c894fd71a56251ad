package io.holdfast.nbd;

/**
 * How a range is to be zeroed (NBD specification, NBD_CMD_WRITE_ZEROES).
 *
 * @param mayPunchHole the range may become unallocated (the request did not carry NO_HOLE)
 * @param onlyIfFast fail with {@link NbdError#ENOTSUP}, changing nothing, if it would take as long as writing zeroes
 * @param fua return only when the zeroes are durable
 */
public record ZeroOptions(boolean mayPunchHole, boolean onlyIfFast, boolean fua) {
    /** Zero by any means, durability not asked for. */
    public static final ZeroOptions DEFAULT = new ZeroOptions(true, false, false);
}
