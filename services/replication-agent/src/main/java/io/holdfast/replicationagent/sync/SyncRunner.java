package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamVolume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
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
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(VolumeCopier.MAX_COPY_BYTES);
    private final Map<VolumeId, VolumeCopier> copiers = new HashMap<>();
    private final Map<VolumeId, Long> failedAtNanos = new HashMap<>();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean woken;

    public SyncRunner(Supplier<Collection<ReplicationStream>> streams) {
        this.streams = streams;
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
            for (ReplicationStream stream : streams.get()) {
                for (StreamVolume member : stream.volumes()) {
                    progress |= step(stream, member);
                }
            }
            if (!progress && !woken && !stopping) {
                LockSupport.parkNanos(this, IDLE_NANOS);
            }
        }
    }

    private boolean step(ReplicationStream stream, StreamVolume member) {
        Long failedAt = failedAtNanos.get(member.id());
        if (failedAt != null && System.nanoTime() - failedAt < READ_RETRY_NANOS) {
            return false;
        }
        try {
            VolumeCopier copier = copiers.computeIfAbsent(member.id(), _ -> new VolumeCopier(buffer));
            boolean progress = copier.step(stream, member) == VolumeCopier.Step.PROGRESS;
            failedAtNanos.remove(member.id());
            return progress;
        } catch (IOException | RuntimeException unreadable) {
            failedAtNanos.put(member.id(), System.nanoTime());
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
