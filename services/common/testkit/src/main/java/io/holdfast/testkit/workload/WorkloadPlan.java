package io.holdfast.testkit.workload;

import io.holdfast.testkit.workload.Operation.Discard;
import io.holdfast.testkit.workload.Operation.Flush;
import io.holdfast.testkit.workload.Operation.Write;
import io.holdfast.testkit.workload.Operation.Zero;
import java.util.SplittableRandom;

/**
 * The operations of a workload, a pure function of the seed: operation n is the same in every run, so the oracle never has to
 * remember what was done.
 *
 * @param seed printed by every test that uses the plan
 * @param disks number of disks, at least 1
 * @param firstBlock where the workload's own region begins on each disk, in blocks
 * @param blocksPerDisk size of the region, in blocks; nothing outside is touched, so several workloads can share disks
 * @param maxWriteBlocks longest operation, in blocks
 */
public record WorkloadPlan(long seed, int disks, long firstBlock, int blocksPerDisk, int maxWriteBlocks) {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    public WorkloadPlan {
        if (disks < 1 || firstBlock < 0 || blocksPerDisk < 1 || maxWriteBlocks < 1 || maxWriteBlocks > blocksPerDisk) {
            throw new IllegalArgumentException("no such plan: " + disks + " disks of " + blocksPerDisk + " blocks");
        }
    }

    /**
     * Operation {@code seq}, 1 or more: in 100, about 80 writes, 7 zeroings, 7 discards and 6 flushes. Half of the ranges fall into
     * a sixteenth of the region, so that blocks are overwritten often.
     */
    public Operation operation(long seq) {
        SplittableRandom random = new SplittableRandom(seed ^ seq * GOLDEN_GAMMA);
        int disk = random.nextInt(disks);
        int what = random.nextInt(100);
        if (what < 6) {
            return new Flush(seq, disk);
        }
        int blocks = random.nextInt(100) < 70 ? 1 : 1 + random.nextInt(maxWriteBlocks);
        int span = random.nextBoolean() ? blocksPerDisk : Math.max(blocks, blocksPerDisk / 16);
        long first = firstBlock + random.nextInt(span - blocks + 1);
        if (what < 13) {
            return new Zero(seq, disk, first, blocks);
        }
        return what < 20 ? new Discard(seq, disk, first, blocks) : new Write(seq, disk, first, blocks);
    }
}
