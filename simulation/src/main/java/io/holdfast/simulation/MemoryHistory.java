package io.holdfast.simulation;

import io.holdfast.journalstore.apply.ApplySink;
import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.id.CheckpointId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A journal's changes and checkpoints in memory; the image of every LSN is known as one sum. */
final class MemoryHistory implements ApplySink {
    /** Looks at the image behind each change of a consistent range. */
    interface Watch {
        void consistent(long lsn, long image);
    }

    /** @param image sum of all blocks at the LSN */
    record Listed(CheckpointId id, long lsn, long cutAtMicros, long image) {}

    private record Undo(int volume, int block, long digest) {}

    private static final Digest NO_CHAIN = Digest.of(new byte[Digest.BYTES]);

    private final Mutation mutation;
    private final Watch watch;
    /** What each block holds, by the volume's index and its number; shorter than the disk where the rest is zero. */
    private long[][] blocks = {};

    private final List<Undo> undo = new ArrayList<>();
    private final LongList images = new LongList();
    private final List<Listed> checkpoints = new ArrayList<>();
    private boolean consistent;

    private int durableUndo;
    private int durableImages;
    private int durableCheckpoints;
    private boolean durableConsistent;

    MemoryHistory(Mutation mutation, Watch watch) {
        this.mutation = mutation;
        this.watch = watch;
        images.add(0);
    }

    List<Listed> checkpoints() {
        return checkpoints;
    }

    /** What the newest image holds at a block. */
    long digestAt(int volume, int block) {
        return volume < blocks.length && block < blocks[volume].length ? blocks[volume][block] : 0;
    }

    LongList images() {
        return images;
    }

    @Override
    public void change(Lsn lsn, int volumeIndex, Change change) {
        long image = images.last();
        boolean skipped =
                mutation == Mutation.ZEROES_OF_A_SYNC_ARE_SKIPPED && change.sync() && !(change instanceof Data);
        int first = Math.toIntExact(change.offset() / Content.BLOCK_BYTES);
        int count = skipped ? 0 : change.length() / Content.BLOCK_BYTES;
        for (int i = 0; i < count; i++) {
            long digest = change instanceof Data data ? digestOf(data.payload(), i) : 0;
            image += put(volumeIndex, first + i, digest);
        }
        images.add(image);
        if (consistent) {
            watch.consistent(lsn.value(), image);
        }
    }

    private static long digestOf(ByteBuffer payload, int block) {
        int at = payload.position() + block * Content.BLOCK_BYTES;
        long sum = 0;
        for (int i = 0; i < Content.SECTORS_PER_BLOCK; i++) {
            sum += Content.ofSector(payload.getLong(at + i * Content.SECTOR_BYTES), i);
        }
        return sum;
    }

    /** @return what the image's sum changes by */
    private long put(int volume, int block, long digest) {
        long old = digestAt(volume, block);
        if (old == digest) {
            return 0;
        }
        reach(volume, block);
        blocks[volume][block] = digest;
        undo.add(new Undo(volume, block, old));
        return Content.inImage(volume, block, digest) - Content.inImage(volume, block, old);
    }

    private void reach(int volume, int block) {
        while (volume >= blocks.length) {
            blocks = Arrays.copyOf(blocks, blocks.length + 1);
            blocks[blocks.length - 1] = new long[16];
        }
        if (block >= blocks[volume].length) {
            blocks[volume] = Arrays.copyOf(blocks[volume], Math.max(block + 1, 2 * blocks[volume].length));
        }
    }

    @Override
    public void time(long micros, Lsn lsn) {
        // Asking by time is the index's matter, not the rules'.
    }

    @Override
    public void consistentFrom(Lsn from) {
        consistent = true;
        watch.consistent(from.value(), images.last());
    }

    @Override
    public void consistentUntil(Lsn from, Lsn to) {
        consistent = false;
    }

    @Override
    public void list(Checkpoint checkpoint) {
        list(checkpoint.id(), checkpoint.lsn().value(), checkpoint.cutAtMicros());
    }

    void list(CheckpointId id, long lsn, long cutAtMicros) {
        checkpoints.add(new Listed(id, lsn, cutAtMicros, images.get(Math.toIntExact(lsn))));
    }

    @Override
    public Digest digest() {
        return NO_CHAIN;
    }

    void flush() {
        durableUndo = undo.size();
        durableImages = images.size();
        durableCheckpoints = checkpoints.size();
        durableConsistent = consistent;
    }

    /** @param head newest LSN by the state that survives */
    void crash(long head) {
        while (undo.size() > durableUndo) {
            Undo last = undo.removeLast();
            blocks[last.volume()][last.block()] = last.digest();
        }
        images.truncate(durableImages);
        while (images.size() <= head) {
            images.add(images.last());
        }
        checkpoints.subList(durableCheckpoints, checkpoints.size()).clear();
        consistent = durableConsistent;
    }
}
