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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A journal's changes and checkpoints in memory; the image of every LSN is known as one sum. */
final class MemoryHistory implements ApplySink {
    /** Looks at the image behind each change of a consistent range. */
    interface Watch {
        void consistent(long lsn, long image);
    }

    /** @param image sum of all blocks at the LSN */
    record Listed(CheckpointId id, long lsn, long cutAtMicros, long image) {}

    private record Undo(long lsn, long place, long digest) {}

    private static final Digest NO_CHAIN = Digest.of(new byte[Digest.BYTES]);

    private final Mutation mutation;
    private final Watch watch;
    /** Blocks that are not zero, by volume and number. */
    private final Map<Long, Long> blocks = new HashMap<>();

    private final List<Undo> undo = new ArrayList<>();
    private final List<Long> images = new ArrayList<>(List.of(0L));
    private final List<Listed> checkpoints = new ArrayList<>();
    private boolean consistent;

    private int durableUndo;
    private int durableImages;
    private int durableCheckpoints;
    private boolean durableConsistent;

    MemoryHistory(Mutation mutation, Watch watch) {
        this.mutation = mutation;
        this.watch = watch;
    }

    List<Listed> checkpoints() {
        return checkpoints;
    }

    /** What the newest image holds, by place. */
    Map<Long, Long> blocks() {
        return blocks;
    }

    List<Long> images() {
        return images;
    }

    @Override
    public void change(Lsn lsn, int volumeIndex, Change change) {
        long image = images.getLast();
        boolean skipped =
                mutation == Mutation.ZEROES_OF_A_SYNC_ARE_SKIPPED && change.sync() && !(change instanceof Data);
        long first = change.offset() / Content.BLOCK_BYTES;
        int count = skipped ? 0 : change.length() / Content.BLOCK_BYTES;
        for (int i = 0; i < count; i++) {
            long digest = change instanceof Data data ? digestOf(data.payload(), i) : 0;
            image += put(lsn.value(), volumeIndex, first + i, digest);
        }
        images.add(image);
        if (consistent) {
            watch.consistent(lsn.value(), image);
        }
    }

    private static long digestOf(ByteBuffer payload, int block) {
        long[] stamps = new long[Content.SECTORS_PER_BLOCK];
        int at = payload.position() + block * Content.BLOCK_BYTES;
        for (int i = 0; i < stamps.length; i++) {
            stamps[i] = payload.getLong(at + i * Content.SECTOR_BYTES);
        }
        return Content.ofBlock(stamps, 0);
    }

    /** @return what the image's sum changes by */
    private long put(long lsn, int volume, long block, long digest) {
        long place = (long) volume << 40 | block;
        Long before = digest == 0 ? blocks.remove(place) : blocks.put(place, digest);
        long old = before == null ? 0 : before;
        if (old == digest) {
            return 0;
        }
        undo.add(new Undo(lsn, place, old));
        return Content.inImage(volume, block, digest) - Content.inImage(volume, block, old);
    }

    @Override
    public void time(long micros, Lsn lsn) {
        // Asking by time is the index's matter, not the rules'.
    }

    @Override
    public void consistentFrom(Lsn from) {
        consistent = true;
        watch.consistent(from.value(), images.getLast());
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
        checkpoints.add(new Listed(id, lsn, cutAtMicros, images.get((int) lsn)));
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
            if (last.digest() == 0) {
                blocks.remove(last.place());
            } else {
                blocks.put(last.place(), last.digest());
            }
        }
        images.subList(durableImages, images.size()).clear();
        while (images.size() <= head) {
            images.add(images.getLast());
        }
        checkpoints.subList(durableCheckpoints, checkpoints.size()).clear();
        consistent = durableConsistent;
    }
}
