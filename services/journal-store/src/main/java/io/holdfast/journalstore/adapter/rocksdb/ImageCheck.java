package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.Findings;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads the replica images, in steps, and compares every block with its checksum; blocks that have none yet get theirs. A step keeps ageing
 * away from the images while it looks. One thread.
 */
final class ImageCheck {
    private static final int STEP_BYTES = 1 << 20;

    private final List<VolumeSlot> volumes;
    private final Findings findings;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(STEP_BYTES);
    private int volume;
    private long at;
    private long bytes;

    ImageCheck(List<VolumeSlot> volumes, Findings findings) {
        this.volumes = volumes;
        this.findings = findings;
    }

    /** @return bytes read; negative = the end was reached before */
    long step(Journal journal, Opened opened) {
        if (volume >= volumes.size()) {
            return -1;
        }
        VolumeSlot slot = volumes.get(volume);
        long before = bytes;
        try {
            synchronized (journal.imageLock()) {
                look(journal.images().of(slot.index()), slot, opened, journal.ageing());
            }
        } catch (IOException unreadable) {
            int blocks = (int) Math.min(STEP_BYTES / Block.SIZE_BYTES, Block.indexOf(slot.sizeBytes() - at));
            findings.add(new Finding(
                    Finding.Kind.IMAGE,
                    -1,
                    slot.index(),
                    Block.indexOf(at),
                    blocks,
                    "the replica image cannot be read: " + unreadable.getMessage()));
            at += (long) blocks * Block.SIZE_BYTES;
        }
        if (at >= slot.sizeBytes()) {
            volume++;
            at = 0;
        }
        return bytes - before;
    }

    private void look(ReplicaImage image, VolumeSlot slot, Opened opened, AgeingPosition ageing) throws IOException {
        long hole = image.holeAt(at, slot.sizeBytes() - at);
        if (hole > 0) {
            long bad = image.firstNotZero(at, hole);
            if (bad < 0) {
                image.learnHole(at, hole);
                bytes += hole / Block.SIZE_BYTES * Integer.BYTES;
                at += hole;
                return;
            }
        }
        int length = (int) Math.min(STEP_BYTES, slot.sizeBytes() - at);
        buffer.clear().limit(length);
        BitSet bad = image.mismatches(at, buffer);
        bytes += length;
        long first = Block.indexOf(at);
        for (int i = bad.nextSetBit(0); i >= 0; i = bad.nextSetBit(i)) {
            int end = bad.nextClearBit(i);
            for (int from = i; from < end; ) {
                int to = from;
                while (to < end && isDamage(slot, first + to, opened, ageing)) {
                    to++;
                }
                if (to > from) {
                    findings.add(new Finding(
                            Finding.Kind.IMAGE,
                            -1,
                            slot.index(),
                            first + from,
                            to - from,
                            "the replica image does not match its checksum"));
                }
                from = to + 1;
            }
            i = end;
        }
        at += length;
    }

    /** A round that a crash interrupted has left these blocks half written: nobody reads them, and the round is repeated. */
    private static boolean isDamage(VolumeSlot slot, long block, Opened opened, AgeingPosition ageing) {
        if (ageing.image() == ageing.tail()) {
            return true;
        }
        OptionalLong written = new IndexLookup(opened.db).firstAfter(slot.index(), block, ageing.image());
        return written.isEmpty() || written.getAsLong() > ageing.tail();
    }

    long bytes() {
        return bytes;
    }
}
