package io.holdfast.simulation;

import io.holdfast.kernel.id.CheckpointId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the disks of one group held at every instant of the guests' write order. Operations join in the order in which they complete: whatever was in flight
 * beside them may stand on either side.
 */
final class Oracle {
    /** Disks as they were when a marker was put into the stream. */
    record Instant(long image, int operations) {}

    private final Map<SimDisk, long[]> stamps = new HashMap<>();
    private final LongSet images = new LongSet();
    private final Map<CheckpointId, List<Instant>> markers = new HashMap<>();
    private long[] completedAtMicros = new long[64];
    private int operations;
    private long image;

    Oracle(List<SimDisk> disks) {
        disks.forEach(disk -> stamps.put(disk, new long[disk.sectors()]));
        images.add(0);
    }

    long image() {
        return image;
    }

    int operations() {
        return operations;
    }

    void completed(Operation operation, long nowMicros) {
        long[] now = stamps.get(operation.disk());
        int end = operation.sector() + operation.sectors();
        for (int from = operation.sector(); from < end; ) {
            int block = from / Content.SECTORS_PER_BLOCK;
            int to = Math.min(end, (block + 1) * Content.SECTORS_PER_BLOCK);
            long before = Content.ofBlock(now, block);
            Arrays.fill(now, from, to, operation.stamp());
            changed(operation.disk(), block, before, Content.ofBlock(now, block));
            from = to;
        }
        count(nowMicros);
    }

    /** The disk holds what it holds: a write was cut by a crash, or failed, or was lost from a cache. */
    void adopt(SimDisk disk, long nowMicros) {
        long[] now = stamps.get(disk);
        for (int block = 0; block < disk.blocks(); block++) {
            int at = block * Content.SECTORS_PER_BLOCK;
            if (Arrays.mismatch(
                            now, at, at + Content.SECTORS_PER_BLOCK, disk.stamps(), at, at + Content.SECTORS_PER_BLOCK)
                    >= 0) {
                long before = Content.ofBlock(now, block);
                System.arraycopy(disk.stamps(), at, now, at, Content.SECTORS_PER_BLOCK);
                changed(disk, block, before, Content.ofBlock(now, block));
            }
        }
        count(nowMicros);
    }

    private void changed(SimDisk disk, int block, long before, long after) {
        image -= Content.inImage(disk.index(), block, before);
        image += Content.inImage(disk.index(), block, after);
        images.add(image);
    }

    private void count(long nowMicros) {
        if (operations == completedAtMicros.length) {
            completedAtMicros = Arrays.copyOf(completedAtMicros, 2 * operations);
        }
        completedAtMicros[operations++] = nowMicros;
    }

    /** Operations that guests had been told of by then. */
    int completedBy(long micros) {
        int found = Arrays.binarySearch(completedAtMicros, 0, operations, micros + 1);
        int end = found < 0 ? -found - 1 : found;
        while (end > 0 && completedAtMicros[end - 1] > micros) {
            end--;
        }
        return end;
    }

    boolean wasAnInstant(long someImage) {
        return images.contains(someImage);
    }

    void marked(CheckpointId checkpoint) {
        markers.computeIfAbsent(checkpoint, _ -> new ArrayList<>(2)).add(new Instant(image, operations));
    }

    /** Blocks in which an image differs from the disks as they are now: evidence for a person. */
    List<String> differences(MemoryHistory history) {
        List<String> found = new ArrayList<>();
        stamps.forEach((disk, now) -> {
            for (int block = 0; block < disk.blocks(); block++) {
                long there = history.digestAt(disk.index(), block);
                if (there != Content.ofBlock(now, block)) {
                    int at = block * Content.SECTORS_PER_BLOCK;
                    found.add("disk %d block %d, which holds %s"
                            .formatted(
                                    disk.index(),
                                    block,
                                    Arrays.toString(Arrays.copyOfRange(now, at, at + Content.SECTORS_PER_BLOCK))));
                }
            }
        });
        return found;
    }

    /** Where a marker of the checkpoint was put while the disks held this image; empty = nowhere. */
    Optional<Instant> markerOf(CheckpointId checkpoint, long someImage) {
        for (Instant marker : markers.getOrDefault(checkpoint, List.of())) {
            if (marker.image() == someImage) {
                return Optional.of(marker);
            }
        }
        return Optional.empty();
    }
}
