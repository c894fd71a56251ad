package io.holdfast.testkit.workload;

import io.holdfast.kernel.Block;
import io.holdfast.testkit.workload.Operation.Discard;
import io.holdfast.testkit.workload.Operation.Flush;
import io.holdfast.testkit.workload.Operation.Write;
import io.holdfast.testkit.workload.Operation.Zero;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Knows the exact content of every disk after every operation of a {@link WorkloadPlan}, and finds out which operation a recovered
 * set of disks stands at.
 *
 * <p>An image is recovered rightly when there is one n such that all disks together are what they were right after operation n:
 * every effect up to n, none beyond (invariant 1). Not safe for several threads.
 */
public final class Oracle {
    /** Reads one recovered disk. */
    @FunctionalInterface
    public interface DiskReader {
        /** Fills the buffer from {@code offset}. */
        void read(int disk, long offset, ByteBuffer into) throws IOException;
    }

    /**
     * The first and the last operation after which the disks look as they were recovered. They differ where operations left no trace
     * (flushes, zeroing zeroes, writes that were zeroed again).
     */
    public record Match(long first, long last) {}

    private static final int READ_BLOCKS = 256;
    /** A run of this many operations without one surviving write does not happen in a plan that is 80 % writes. */
    private static final int CANDIDATES = 256;

    private final WorkloadPlan plan;

    public Oracle(WorkloadPlan plan) {
        this.plan = plan;
    }

    /**
     * Reads all disks and finds the operation that they stand at.
     *
     * @param newestSeq newest operation that was ever issued: an image beyond it is wrong
     * @throws AssertionError with the first differing block when no operation fits
     */
    public Match locate(DiskReader reader, long newestSeq) throws IOException {
        long[][] recovered = readStamps(reader);
        long newestStamp =
                Arrays.stream(recovered).flatMapToLong(Arrays::stream).max().orElse(0);
        if (newestStamp > newestSeq) {
            throw new AssertionError("block stamped %d, but only %d operations were issued; plan %s"
                    .formatted(newestStamp, newestSeq, plan));
        }
        long[][] expected = new long[plan.disks()][plan.blocksPerDisk()];
        for (long seq = 1; seq <= newestStamp; seq++) {
            apply(plan.operation(seq), expected);
        }
        // A write behind the newest stamp may have been zeroed again before the cut, so every later operation is a
        // candidate.
        long bound = Math.min(newestSeq, newestStamp + CANDIDATES);
        String difference = firstDifference(expected, recovered);
        String nearest = difference;
        long first = difference == null ? newestStamp : -1;
        long last = first;
        for (long seq = newestStamp + 1; seq <= bound; seq++) {
            apply(plan.operation(seq), expected);
            difference = firstDifference(expected, recovered);
            if (difference == null) {
                first = first < 0 ? seq : first;
                last = seq;
            }
        }
        if (first < 0) {
            throw new AssertionError("no operation from %d to %d fits; at the first of them: %s; plan %s"
                    .formatted(newestStamp, bound, nearest, plan));
        }
        return new Match(first, last);
    }

    /** The bytes of one disk's region right after operation {@code seq}; for comparisons against whole files. */
    public ByteBuffer image(int disk, long seq) {
        long[][] state = new long[plan.disks()][plan.blocksPerDisk()];
        for (long done = 1; done <= seq; done++) {
            apply(plan.operation(done), state);
        }
        ByteBuffer image = ByteBuffer.allocate(Math.multiplyExact(plan.blocksPerDisk(), Block.SIZE_BYTES));
        for (int block = 0; block < plan.blocksPerDisk(); block++) {
            if (state[disk][block] == Stamp.ZEROED) {
                image.position(image.position() + Block.SIZE_BYTES);
            } else {
                Stamp.put(image, plan.seed(), state[disk][block], disk, plan.firstBlock() + block);
            }
        }
        return image.flip();
    }

    private void apply(Operation operation, long[][] state) {
        switch (operation) {
            case Write write -> fill(state[write.disk()], write.firstBlock(), write.blocks(), write.seq());
            case Zero zero -> fill(state[zero.disk()], zero.firstBlock(), zero.blocks(), Stamp.ZEROED);
            case Discard discard -> fill(state[discard.disk()], discard.firstBlock(), discard.blocks(), Stamp.ZEROED);
            case Flush _ -> {}
        }
    }

    private void fill(long[] disk, long firstBlock, int blocks, long seq) {
        int from = Math.toIntExact(firstBlock - plan.firstBlock());
        Arrays.fill(disk, from, from + blocks, seq);
    }

    private long[][] readStamps(DiskReader reader) throws IOException {
        long[][] stamps = new long[plan.disks()][plan.blocksPerDisk()];
        ByteBuffer buffer = ByteBuffer.allocate(READ_BLOCKS * Block.SIZE_BYTES);
        for (int disk = 0; disk < plan.disks(); disk++) {
            for (int block = 0; block < plan.blocksPerDisk(); block += READ_BLOCKS) {
                int count = Math.min(READ_BLOCKS, plan.blocksPerDisk() - block);
                buffer.clear().limit(count * Block.SIZE_BYTES);
                reader.read(disk, Block.offsetOf(plan.firstBlock() + block), buffer);
                for (int i = 0; i < count; i++) {
                    ByteBuffer one = buffer.slice(i * Block.SIZE_BYTES, Block.SIZE_BYTES);
                    stamps[disk][block + i] = Stamp.read(one, plan.seed(), disk, plan.firstBlock() + block + i);
                }
            }
        }
        return stamps;
    }

    private String firstDifference(long[][] expected, long[][] recovered) {
        for (int disk = 0; disk < plan.disks(); disk++) {
            int at = Arrays.mismatch(expected[disk], recovered[disk]);
            if (at >= 0) {
                return "disk %d block %d should be of operation %d and is of %d"
                        .formatted(disk, plan.firstBlock() + at, expected[disk][at], recovered[disk][at]);
            }
        }
        return null;
    }
}
