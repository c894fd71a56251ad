package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.hosting.Exports.HostedVm;
import io.holdfast.replicationagent.hosting.HostedVolume.Served;
import io.holdfast.replicationagent.ownership.FenceState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where the disks of fenced machines may hold what was never received (docs/known-differences.md). Nobody writes to them, so it can only become less: by what is acknowledged still.
 *
 * <p>Bounds: {@value #MAX_RANGES} ranges of a volume and {@value #MAX_RANGES_OF_ALL} of all, joined over the smallest gaps; {@value #MAX_VOLUMES} volumes, the others are not named.
 *
 * <p>Threads: any.
 */
public final class UnsentWrites {
    static final int MAX_RANGES = 1_024;
    /** Together with {@link #MAX_VOLUMES}: about 150 KiB of a report that may have 256. */
    static final int MAX_RANGES_OF_ALL = 6_144;

    static final int MAX_VOLUMES = 1_024;

    private final Supplier<List<HostedVm>> machines;
    private final Replication replication;
    private volatile Map<VmId, Map<VolumeId, List<Range>>> told = Map.of();

    /** In bytes; whole regions of 1 MiB, or up to the volume's end. */
    public record Range(long offset, long length) {}

    public UnsentWrites(Supplier<List<HostedVm>> machines, Replication replication) {
        this.machines = machines;
        this.replication = replication;
    }

    /**
     * What is known of the volumes of the machines that are fenced; a volume of which it is not is left out.
     *
     * @param states as they were when this was called, or earlier
     */
    public Map<VmId, Map<VolumeId, List<Range>>> of(Map<VmId, FenceState> states) {
        Map<VmId, Map<VolumeId, List<Range>>> now = look(states);
        told = now;
        return now;
    }

    /** Whether {@link #of} would say something else than it said last. */
    public boolean hasChanged(Map<VmId, FenceState> states) {
        return !look(states).equals(told);
    }

    private Map<VmId, Map<VolumeId, List<Range>>> look(Map<VmId, FenceState> states) {
        List<HostedVm> fenced = machines.get().stream()
                .filter(vm -> states.get(vm.attachment().id()) instanceof FenceState.Fenced)
                .toList();
        long volumes = fenced.stream()
                .flatMap(vm -> vm.volumes().stream())
                .filter(Served.class::isInstance)
                .limit(MAX_VOLUMES)
                .count();
        int most = (int) Math.min(MAX_RANGES, MAX_RANGES_OF_ALL / Math.max(1, volumes));
        int named = 0;
        Map<VmId, Map<VolumeId, List<Range>>> all = new LinkedHashMap<>();
        for (HostedVm vm : fenced) {
            Map<VolumeId, List<Range>> known = new LinkedHashMap<>();
            for (HostedVolume volume : vm.volumes()) {
                if (volume instanceof Served served && named++ < MAX_VOLUMES) {
                    VolumeId id = served.volume().id();
                    replication.unsent(id).ifPresent(regions -> known.put(id, ranges(regions, most)));
                }
            }
            all.put(vm.attachment().id(), known);
        }
        return all;
    }

    private record Gap(long end, long length) {}

    /** The set as ranges in order that do not touch. Where they would be too many the smallest gaps are taken in. */
    static List<Range> ranges(RegionSet regions, int most) {
        PriorityQueue<Gap> widest =
                new PriorityQueue<>(Comparator.comparingLong(Gap::length).thenComparingLong(Gap::end));
        long[] end = {-1};
        regions.forEachRun((offset, length) -> {
            if (end[0] >= 0) {
                widest.add(new Gap(offset, offset - end[0]));
                if (widest.size() >= most) {
                    widest.remove();
                }
            }
            end[0] = offset + length;
        });
        Set<Long> begins = new HashSet<>();
        widest.forEach(gap -> begins.add(gap.end()));
        List<Range> ranges = new ArrayList<>();
        regions.forEachRun((offset, length) -> {
            if (ranges.isEmpty() || begins.contains(offset)) {
                ranges.add(new Range(offset, length));
            } else {
                long from = ranges.removeLast().offset();
                ranges.add(new Range(from, offset + length - from));
            }
        });
        return List.copyOf(ranges);
    }
}
