package io.holdfast.testkit.workload;

/**
 * One thing that the workload does to its disks. {@code seq} counts from 1 over all disks of the workload and is the order in
 * which operations are issued: each one only after the one before was acknowledged, so a later operation may depend on every
 * earlier one, on any disk.
 */
public sealed interface Operation {
    long seq();

    /** Overwrites whole blocks with stamps of this operation. */
    record Write(long seq, int disk, long firstBlock, int blocks) implements Operation {}

    /** Writes zeroes. */
    record Zero(long seq, int disk, long firstBlock, int blocks) implements Operation {}

    /** Gives blocks up; they read as zero afterwards, on the source as on every replica. */
    record Discard(long seq, int disk, long firstBlock, int blocks) implements Operation {}

    /** Makes everything before it durable on the source. */
    record Flush(long seq, int disk) implements Operation {}
}
