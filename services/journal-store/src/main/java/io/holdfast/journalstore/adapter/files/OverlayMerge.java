package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.session.BlockBitmap;
import io.holdfast.kernel.Block;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One portion of a merge (docs/commit-protocol.md, "Merging"): save what the branch needs, copy, force, clear the bits of what nobody wrote
 * meanwhile. The overlay stays the truth until its bit is cleared, so every step can be repeated.
 */
final class OverlayMerge {
    private static final int CHUNK_BYTES = 1 << 20;

    /** How a merge meets the writers. */
    interface Gate {
        /** From now on every block that is written to the overlay is noted. */
        void watch(BlockBitmap writes);

        /** Runs while nobody writes; notes nothing afterwards. */
        void leave(Runnable clear);

        /** Makes the overlay, the volume and then the bits durable. */
        void flush() throws IOException;
    }

    private record Run(long first, long count) {}

    private final BlockBitmap bitmap;
    private final BlockDevice overlay;
    private final InPlace target;
    private final Consumer<String> reached;

    OverlayMerge(BlockBitmap bitmap, BlockDevice overlay, InPlace target, Consumer<String> reached) {
        this.bitmap = bitmap;
        this.overlay = overlay;
        this.target = target;
        this.reached = reached;
    }

    long some(long maxBytes, Gate gate) throws IOException {
        List<Run> runs = portion(Math.max(1, maxBytes / Block.SIZE_BYTES));
        if (runs.isEmpty()) {
            return 0;
        }
        for (Run run : runs) {
            target.save(run.first, run.count);
        }
        target.seal();
        reached.accept(FaultPlaces.MERGE_SAVED);
        BlockBitmap writes = new BlockBitmap(Math.ceilDiv(overlay.size(), Block.SIZE_BYTES));
        gate.watch(writes);
        boolean forced = false;
        try {
            for (Run run : runs) {
                copy(run);
            }
            reached.accept(FaultPlaces.MERGE_COPIED);
            target.volume().flush();
            reached.accept(FaultPlaces.MERGE_FORCED);
            forced = true;
        } finally {
            gate.leave(forced ? () -> clear(runs, writes) : () -> {});
        }
        gate.flush();
        reached.accept(FaultPlaces.MERGE_CLEARED);
        return runs.stream().mapToLong(run -> run.count * Block.SIZE_BYTES).sum();
    }

    private List<Run> portion(long maxBlocks) {
        List<Run> runs = new ArrayList<>();
        long left = maxBlocks;
        long at = bitmap.nextSet(0);
        while (at >= 0 && left > 0) {
            long count = bitmap.run(at, left);
            runs.add(new Run(at, count));
            left -= count;
            at = bitmap.nextSet(at + count);
        }
        return runs;
    }

    private void copy(Run run) throws IOException {
        long end = Math.min(Block.offsetOf(run.first + run.count), overlay.size());
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, end - Block.offsetOf(run.first)));
        for (long at = Block.offsetOf(run.first); at < end; ) {
            Extent extent = overlay.extents(at, end - at, 1).getFirst();
            if (extent.readsAsZeroes()) {
                target.volume().zero(at, extent.length(), ZeroOptions.DEFAULT);
                at = extent.end();
            } else {
                int bytes = (int) Math.min(chunk.capacity(), extent.length());
                chunk.clear().limit(bytes);
                overlay.read(at, chunk);
                target.volume().write(at, chunk.flip(), false);
                at += bytes;
            }
        }
    }

    private void clear(List<Run> runs, BlockBitmap writes) {
        for (Run run : runs) {
            for (long at = run.first, end = run.first + run.count; at < end; ) {
                long same = writes.run(at, end - at);
                if (!writes.isSet(at)) {
                    bitmap.clear(at, same);
                }
                at += same;
            }
        }
    }
}
