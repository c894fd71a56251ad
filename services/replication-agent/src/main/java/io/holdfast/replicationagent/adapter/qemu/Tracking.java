package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.hosting.TrackingStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The rules of our dirty bitmaps on one node (docs/capture.md, "Generations of bitmaps"). Together they hold everything that the replica may lack: one that
 * records, and older ones that do not any more and are dropped when the replica has what they hold.
 */
final class Tracking {
    private final VolumeId volume;
    private final TrackingStore store;
    private final LongSupplier clockMillis;

    Tracking(VolumeId volume, TrackingStore store, LongSupplier clockMillis) {
        this.volume = volume;
        this.store = store;
        this.clockMillis = clockMillis;
    }

    private String prefix() {
        return QemuNbd.PREFIX + volume + "-";
    }

    /** Ours on this node, oldest first. */
    List<BlockNode.Bitmap> own(BlockNode node) {
        return node.bitmaps().stream()
                .filter(bitmap -> bitmap.name().startsWith(prefix()))
                .sorted(Comparator.comparingLong(bitmap -> numberOf(bitmap.name())))
                .toList();
    }

    List<String> names(BlockNode node) {
        return own(node).stream().map(BlockNode.Bitmap::name).toList();
    }

    private long numberOf(String name) {
        try {
            return Long.parseLong(name.substring(prefix().length()), 36);
        } catch (NumberFormatException notOurs) {
            return -1;
        }
    }

    /**
     * Whether the bitmaps hold every write since they began: each that was noted is there and usable, and only the newest records, without a gap
     * before it.
     */
    boolean isComplete(BlockNode node) {
        List<BlockNode.Bitmap> own = own(node);
        Set<String> noted = store.load(volume);
        if (noted.isEmpty() || own.isEmpty() || !Set.copyOf(names(node)).containsAll(noted)) {
            return false;
        }
        return own.stream().noneMatch(bitmap -> bitmap.inconsistent() || numberOf(bitmap.name()) < 0)
                && own.getLast().recording();
    }

    /** A name that none of ours has or had. */
    String newName(BlockNode node) {
        long newest = own(node).stream()
                .mapToLong(bitmap -> numberOf(bitmap.name()))
                .max()
                .orElse(0);
        return prefix() + Long.toString(Math.max(newest + 1, clockMillis.getAsLong()), 36);
    }

    static Map<String, Object> add(BlockNode node, String name) {
        return QemuMonitor.action(
                "block-dirty-bitmap-add",
                Map.of(
                        "node",
                        node.name(),
                        "name",
                        name,
                        "granularity",
                        RegionSet.SYNC_REGION_BYTES,
                        "persistent",
                        node.keepsBitmaps()));
    }

    /** A new one records, the others record no more. */
    List<Map<String, Object>> rotation(BlockNode node, String newName) {
        List<Map<String, Object>> actions = new ArrayList<>();
        actions.add(add(node, newName));
        for (BlockNode.Bitmap bitmap : own(node)) {
            if (bitmap.recording()) {
                actions.add(QemuMonitor.action(
                        "block-dirty-bitmap-disable", Map.of("node", node.name(), "name", bitmap.name())));
            }
        }
        return actions;
    }

    /** From now on these have to be there. */
    void note(List<String> names) {
        store.save(volume, Set.copyOf(names));
    }

    void noteAlso(BlockNode before, String newName) {
        Set<String> names = new HashSet<>(names(before));
        names.add(newName);
        store.save(volume, names);
    }

    void forget() {
        store.save(volume, Set.of());
    }
}
