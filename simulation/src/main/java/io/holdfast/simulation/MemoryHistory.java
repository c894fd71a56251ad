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

    private record Undo(int volume, int block, long[] stamps) {}

    private static final Digest NO_CHAIN = Digest.of(new byte[Digest.BYTES]);

    private static final long[] ZEROES = new long[Content.SECTORS_PER_BLOCK];

    private final Mutation mutation;
    private final Watch watch;
    /** What each sector says, by the volume's index; shorter than the disk where the rest is zero. */
    private long[][] sectors = {};

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
        boolean reached = volume < sectors.length && block * Content.SECTORS_PER_BLOCK < sectors[volume].length;
        return reached ? Content.ofBlock(sectors[volume], block) : 0;
    }

    /** What a sector says in the newest image. */
    long stampAt(int volume, int sector) {
        return volume < sectors.length && sector < sectors[volume].length ? sectors[volume][sector] : 0;
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
            image += put(volumeIndex, first + i, change instanceof Data data ? stampsOf(data.payload(), i) : ZEROES);
        }
        images.add(image);
        if (consistent) {
            watch.consistent(lsn.value(), image);
        }
    }

    @Override
    public void lineageBegins(Lsn lsn, long micros) {
        images.add(images.last());
    }

    private static long[] stampsOf(ByteBuffer payload, int block) {
        long[] stamps = new long[Content.SECTORS_PER_BLOCK];
        int at = payload.position() + block * Content.BLOCK_BYTES;
        for (int i = 0; i < stamps.length; i++) {
            stamps[i] = payload.getLong(at + i * Content.SECTOR_BYTES);
        }
        return stamps;
    }

    /** @return what the image's sum changes by */
    private long put(int volume, int block, long[] stamps) {
        reach(volume, block);
        long[] disk = sectors[volume];
        int at = block * Content.SECTORS_PER_BLOCK;
        long[] before = Arrays.copyOfRange(disk, at, at + Content.SECTORS_PER_BLOCK);
        if (Arrays.equals(before, stamps)) {
            return 0;
        }
        System.arraycopy(stamps, 0, disk, at, stamps.length);
        undo.add(new Undo(volume, block, before));
        return Content.inImage(volume, block, Content.ofBlock(stamps, 0))
                - Content.inImage(volume, block, Content.ofBlock(before, 0));
    }

    private void reach(int volume, int block) {
        while (volume >= sectors.length) {
            sectors = Arrays.copyOf(sectors, sectors.length + 1);
            sectors[sectors.length - 1] = new long[16 * Content.SECTORS_PER_BLOCK];
        }
        int needed = (block + 1) * Content.SECTORS_PER_BLOCK;
        if (needed > sectors[volume].length) {
            sectors[volume] = Arrays.copyOf(sectors[volume], Math.max(needed, 2 * sectors[volume].length));
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
            System.arraycopy(
                    last.stamps(),
                    0,
                    sectors[last.volume()],
                    last.block() * Content.SECTORS_PER_BLOCK,
                    Content.SECTORS_PER_BLOCK);
        }
        images.truncate(durableImages);
        while (images.size() <= head) {
            images.add(images.last());
        }
        checkpoints.subList(durableCheckpoints, checkpoints.size()).clear();
        consistent = durableConsistent;
    }
}
