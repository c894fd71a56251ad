package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.SegmentPool;
import io.holdfast.replicationagent.stream.StreamLimits;
import io.holdfast.replicationagent.stream.StreamListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which volumes go into which streams: the agent's side of the routers' assignments. Level-triggered: it is told what should be and makes it so.
 *
 * <p><b>Ring split.</b> Every stream may use {@code ring size / number of streams}, at least {@link #MIN_SHARE_SEGMENTS} segments; the pool as a whole never exceeds
 * the ring size. A stream that holds more when others come takes nothing new until it is below its share.
 *
 * <p>Threads: reads by any; everything that changes by the agent's control thread only.
 */
public final class Replication {
    /** Below this a stream could hardly fill one batch while another is on its way. */
    private static final int MIN_SHARE_SEGMENTS = 4;

    private static final System.Logger LOG = System.getLogger(Replication.class.getName());

    private final AgentId agent;
    private final SegmentPool pool;
    private final EpochStore epochs;
    private final SyncLedger ledger;
    private final IntentMaps maps;
    private final StreamListener listener;
    private final Map<PgId, ReplicationStream> streams = new ConcurrentHashMap<>();
    private final Map<PgId, GroupAssignment> assignments = new HashMap<>();
    private final Map<VolumeId, VolumeReplication> volumes = new ConcurrentHashMap<>();

    public Replication(
            AgentId agent,
            SegmentPool pool,
            EpochStore epochs,
            SyncLedger ledger,
            IntentMaps maps,
            StreamListener listener) {
        this.agent = agent;
        this.pool = pool;
        this.epochs = epochs;
        this.ledger = ledger;
        this.maps = maps;
        this.listener = listener;
    }

    public Collection<ReplicationStream> streams() {
        return streams.values();
    }

    public Optional<ReplicationStream> stream(PgId pg) {
        return Optional.ofNullable(streams.get(pg));
    }

    /** To be called before the volume is served to anybody. */
    public void add(Volume volume) {
        VolumeReplication replication = new VolumeReplication(volume, ledger, maps);
        replication.recover();
        volumes.put(volume.id(), replication);
        completeJoins();
    }

    /** The same for a volume of a running machine, which says what may have been missed while no process of ours watched it. */
    public void addLive(Volume volume, Optional<RegionSet> missed) {
        VolumeReplication replication = new VolumeReplication(volume, ledger, maps);
        replication.recoverLive(missed);
        volumes.put(volume.id(), replication);
        completeJoins();
    }

    /** A live volume goes on after an interruption; see {@link Volume#resume}. */
    public void resume(VolumeId volume, long interruption, Optional<RegionSet> missed) {
        VolumeReplication replication = volumes.get(volume);
        if (replication != null) {
            replication.resume(interruption, missed);
            listener.copyable();
        }
    }

    /** Brings volumes into their streams that are not there yet, because they came later or because something failed. */
    public void completeJoins() {
        for (GroupAssignment assignment : assignments.values()) {
            ReplicationStream stream = streams.get(assignment.pg());
            for (VolumeId id : assignment.volumes()) {
                VolumeReplication replication = volumes.get(id);
                if (replication != null && replication.member().isEmpty()) {
                    join(replication, stream);
                }
            }
        }
    }

    /** One volume whose records cannot be written must not keep the others of its host unprotected. */
    private void join(VolumeReplication replication, ReplicationStream stream) {
        try {
            replication.join(stream);
            listener.copyable();
        } catch (HoldfastException | IllegalStateException failed) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "A volume cannot be replicated and is tried again; volume="
                            + replication.volume().id() + " group="
                            + stream.id().pg() + ": " + failed.getMessage());
        }
    }

    /** To be called after the volume is served to nobody any more. */
    public void remove(VolumeId volume) {
        VolumeReplication replication = volumes.remove(volume);
        if (replication != null) {
            replication.detach(streamOf(replication));
        }
    }

    private Optional<ReplicationStream> streamOf(VolumeReplication replication) {
        return streams.values().stream()
                .filter(stream ->
                        replication.member().map(stream.volumes()::contains).orElse(false))
                .findFirst();
    }

    /**
     * Makes the streams what these assignments say.
     *
     * @param mine groups whose streams the caller may end when they are not listed; other groups are left alone
     */
    public void assign(Collection<GroupAssignment> wanted, Set<PgId> mine) {
        Set<PgId> gone = new HashSet<>(mine);
        wanted.forEach(assignment -> gone.remove(assignment.pg()));
        gone.forEach(this::end);
        for (GroupAssignment assignment : wanted) {
            assignments.put(assignment.pg(), assignment);
            streams.computeIfAbsent(assignment.pg(), this::newStream);
        }
        wanted.forEach(this::apply);
        shareRing();
        listener.copyable();
        listener.sendable();
    }

    private ReplicationStream newStream(PgId pg) {
        Epoch epoch = epochs.next(pg);
        LOG.log(System.Logger.Level.INFO, "A stream begins; group=" + pg + " epoch=" + epoch);
        return new ReplicationStream(new StreamId(agent, pg), epoch, pool, share(), listener);
    }

    private void apply(GroupAssignment assignment) {
        ReplicationStream stream = streams.get(assignment.pg());
        // A volume may come from another group's stream: it leaves there first.
        Set<VolumeId> leaving = new LinkedHashSet<>();
        stream.volumes().forEach(member -> leaving.add(member.id()));
        leaving.removeAll(assignment.volumes());
        for (VolumeId id : leaving) {
            leave(id, stream);
        }
        // Paused before anything joins, so that nothing is appended in between.
        stream.assign(assignment.volumes(), assignment.paused(), share());
        stream.follow(assignment.transfer().sync());
        for (VolumeId id : assignment.volumes()) {
            VolumeReplication replication = volumes.get(id);
            if (replication == null) {
                continue;
            }
            Optional<ReplicationStream> current = streamOf(replication);
            if (current.isPresent() && current.get() != stream) {
                replication.leave(current.get());
            }
            if (replication.member().isEmpty()) {
                join(replication, stream);
            }
        }
    }

    private void leave(VolumeId id, ReplicationStream stream) {
        VolumeReplication replication = volumes.get(id);
        if (replication != null) {
            replication.leave(stream);
        }
    }

    private void end(PgId pg) {
        assignments.remove(pg);
        ReplicationStream stream = streams.remove(pg);
        if (stream != null) {
            stream.volumes().forEach(member -> leave(member.id(), stream));
            stream.end();
            LOG.log(System.Logger.Level.INFO, "A stream ends: the group is not assigned any more; group=" + pg);
        }
    }

    private StreamLimits share() {
        long least = (long) MIN_SHARE_SEGMENTS * pool.segmentBytes();
        return new StreamLimits(Math.max(least, pool.limitBytes() / Math.max(1, assignments.size())));
    }

    private void shareRing() {
        assignments.values().forEach(assignment -> streams.get(assignment.pg())
                .assign(assignment.volumes(), assignment.paused(), share()));
    }

    /**
     * Continuity is lost behind the router: a new epoch that sends everything. A stream that is past the epoch already is left alone.
     *
     * @return whether a new epoch began
     */
    public boolean reset(PgId pg, Epoch useless, String reason) {
        ReplicationStream stream = streams.get(pg);
        if (stream == null || stream.epoch().isAfter(useless)) {
            return false;
        }
        stream.volumes().forEach(member -> volumes.get(member.id()).markPartial(pg));
        Epoch next = epochs.next(pg);
        stream.startEpoch(next);
        LOG.log(
                System.Logger.Level.WARNING,
                "Continuity was lost behind the router, everything is sent again; group=" + pg + " reason=" + reason
                        + " epoch=" + next);
        return true;
    }

    /** What the journal has of these ranges is damaged: they are sent again. Ranges of volumes that are not in the group's stream are left out. */
    public void resend(PgId pg, String reason, List<DamagedRange> ranges) {
        ReplicationStream stream = streams.get(pg);
        if (stream == null) {
            return;
        }
        for (DamagedRange range : ranges) {
            boolean noted = stream.resend(range.volume(), range.offset(), range.length());
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The journal asks for a range again; group=" + pg + " volume=" + range.volume() + " offset="
                            + range.offset() + " length=" + range.length() + " reason=" + reason + " noted=" + noted);
        }
    }

    /** Where the disk may hold what its replica has not, in regions of 1 MiB; empty = anywhere. Of use for a disk to which nobody writes. */
    Optional<RegionSet> unsent(VolumeId volume) {
        return Optional.ofNullable(volumes.get(volume)).flatMap(VolumeReplication::unsent);
    }

    /** Notes syncs that became durable. Cheap; to be called often. */
    public void recordWholeSyncs() {
        for (ReplicationStream stream : streams.values()) {
            for (Volume volume : stream.settling().takeWholeSyncs()) {
                VolumeReplication replication = volumes.get(volume.id());
                if (replication != null) {
                    replication.markWhole(stream.id().pg());
                }
            }
        }
    }

    /** Clears write-intent marks that nothing needs any more, and repeats what failed. To be called every few seconds. */
    public void settle() {
        completeJoins();
        settle(false);
    }

    private void settle(boolean all) {
        for (ReplicationStream stream : streams.values()) {
            stream.volumes().forEach(member -> volumes.get(member.id()).settle(stream, all));
        }
    }

    /** Whether every stream's ring is empty. Paused streams do not count: nothing leaves them. */
    public boolean isDrained() {
        return streams.values().stream().allMatch(stream -> stream.isPaused() || stream.isDrained());
    }

    /** At a clean stop, after guests and routers are gone: records what is settled, so that the next start has little to do. */
    public void close() {
        recordWholeSyncs();
        settle(true);
        volumes.values().forEach(VolumeReplication::close);
    }
}
