package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamVolume;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The one thread of an agent that copies: volumes take turns, one step each, so no group starves another and the host sees one reader at a
 * time. When no volume can go on it parks until it is woken, half a second at the longest.
 */
public final class SyncRunner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SyncRunner.class.getName());
    private static final long IDLE_NANOS = 500_000_000L;
    private static final long READ_RETRY_NANOS = 5_000_000_000L;

    private final Supplier<Collection<ReplicationStream>> streams;
    private final CopyTools tools;
    private final Map<Place, VolumeCopier> copiers = new HashMap<>();
    private final Map<PgId, CopyPace> paces = new HashMap<>();
    private final Map<Place, Long> failedAtNanos = new HashMap<>();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean woken;

    /** A volume in a group. */
    private record Place(PgId pg, VolumeId volume) {}

    public SyncRunner(Supplier<Collection<ReplicationStream>> streams, CopyTools tools) {
        this.streams = streams;
        this.tools = tools;
        this.thread = Thread.ofPlatform().name("holdfast-sync").daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Something may be possible now that was not before. Cheap; any thread. */
    public void wake() {
        if (!woken) {
            woken = true;
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (!stopping) {
            woken = false;
            boolean progress = false;
            long waitNanos = IDLE_NANOS;
            forgetWhoLeft();
            for (ReplicationStream stream : streams.get()) {
                for (StreamVolume member : stream.volumes()) {
                    progress |= step(stream, member);
                    waitNanos = Math.min(waitNanos, waitNanosOf(placeOf(stream, member)));
                }
            }
            if (!progress && !woken && !stopping) {
                LockSupport.parkNanos(this, waitNanos);
            }
        }
    }

    /** A volume that joins another group gets another copier, with that group's pace; so does one that comes back. */
    private void forgetWhoLeft() {
        Set<Place> here = new HashSet<>();
        Set<PgId> groups = new HashSet<>();
        for (ReplicationStream stream : streams.get()) {
            groups.add(stream.id().pg());
            stream.volumes().forEach(member -> here.add(placeOf(stream, member)));
        }
        copiers.entrySet().removeIf(entry -> {
            boolean left = !here.contains(entry.getKey());
            if (left) {
                entry.getValue().close();
            }
            return left;
        });
        paces.keySet().retainAll(groups);
        failedAtNanos.keySet().retainAll(here);
    }

    private static Place placeOf(ReplicationStream stream, StreamVolume member) {
        return new Place(stream.id().pg(), member.id());
    }

    private CopyPace paceOf(ReplicationStream stream) {
        return paces.computeIfAbsent(stream.id().pg(), _ -> new CopyPace(tools.clock(), tools.nanoClock()));
    }

    private long waitNanosOf(Place place) {
        VolumeCopier copier = copiers.get(place);
        return copier == null ? Long.MAX_VALUE : copier.waitNanos();
    }

    private boolean step(ReplicationStream stream, StreamVolume member) {
        Place place = placeOf(stream, member);
        Long failedAt = failedAtNanos.get(place);
        if (failedAt != null && System.nanoTime() - failedAt < READ_RETRY_NANOS) {
            return false;
        }
        try {
            VolumeCopier copier = copiers.computeIfAbsent(place, _ -> new VolumeCopier(tools, paceOf(stream)));
            boolean progress = copier.step(stream, member) == VolumeCopier.Step.PROGRESS;
            failedAtNanos.remove(place);
            return progress;
        } catch (IOException | RuntimeException unreadable) {
            failedAtNanos.put(place, System.nanoTime());
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A sync could not read its disk and tries again; volume=" + member.id() + " group="
                            + stream.id().pg(),
                    unreadable);
            return false;
        }
    }

    /** Stops after the step under way; waits for it for at most five seconds. */
    @Override
    public void close() {
        stopping = true;
        LockSupport.unpark(thread);
        try {
            thread.join(java.time.Duration.ofSeconds(5));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
