package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.SyncLedger.Entry;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamVolume;
import java.io.IOException;
import java.util.Optional;

/**
 * One volume's way into and out of streams, and what is kept of it on stable storage. What is durable is written before what depends on it: a
 * volume is "partial" on disk before anything makes it so, and "whole" only after its replica is.
 *
 * <p>Threads: the agent's control thread, apart from what says otherwise.
 */
final class VolumeReplication {
    private static final System.Logger LOG = System.getLogger(VolumeReplication.class.getName());

    /** Rounds of {@link #settle} that wait for a guest to flush the disk. */
    private static final int MAX_SETTLES_WITHOUT_FLUSH = 6;

    private final Volume volume;
    private final SyncLedger ledger;
    private final IntentMaps maps;
    /** The group whose replica the dirty regions are relative to; empty = no replica is known to be close. */
    private Optional<PgId> deltaOf = Optional.empty();

    private Optional<StreamVolume> member = Optional.empty();
    /** As the ledger says. */
    private volatile boolean whole;

    private long flushesAtRotation;
    private int settlesWithoutFlush;

    VolumeReplication(Volume volume, SyncLedger ledger, IntentMaps maps) {
        this.volume = volume;
        this.ledger = ledger;
        this.maps = maps;
    }

    Volume volume() {
        return volume;
    }

    Optional<StreamVolume> member() {
        return member;
    }

    private void note(Entry entry) {
        // Not any more before what follows from it, and not yet before it is durable.
        whole = whole && entry.whole();
        ledger.put(volume.id(), entry);
        whole = entry.whole();
    }

    /**
     * Where the disk may hold what its replica has not, in regions of the write-intent map; empty = anywhere. Of use for a disk to which nobody writes. Any thread.
     */
    Optional<RegionSet> unsent() {
        WriteIntentMap map = volume.intent();
        if (map == null || map.isInvalid() || !whole) {
            return Optional.empty();
        }
        RegionSet regions = new RegionSet(volume.size(), WriteIntentMap.REGION_BYTES);
        for (int region = map.nextMarked(0); region >= 0; region = map.nextMarked(region + 1)) {
            regions.add(map.offsetOf(region), 1);
        }
        // What the journal wants once more is dirty, and need not be marked.
        volume.dirty().forEachRun(regions::add);
        // A volume that has joined or left a stream meanwhile has another map, or is not whole.
        return whole && volume.intent() == map && !map.isInvalid() ? Optional.of(regions) : Optional.empty();
    }

    /** Before the volume is served: takes up what the last process left. */
    void recover() {
        Optional<Entry> entry = ledger.find(volume.id());
        if (entry.isEmpty() || !entry.get().whole()) {
            return;
        }
        Optional<WriteIntentMap> map = maps.open(volume.id(), volume.size());
        if (map.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The write-intent map is missing or damaged, a full sync will follow; volume=" + volume.id());
            note(new Entry(entry.get().pg(), false));
            return;
        }
        volume.dirty().remove(0, volume.size());
        for (int region = map.get().nextMarked(0);
                region >= 0;
                region = map.get().nextMarked(region + 1)) {
            volume.dirty().add(map.get().offsetOf(region), map.get().lengthOf(region));
        }
        volume.track(map.get());
        deltaOf = Optional.of(entry.get().pg());
        whole = true;
        LOG.log(
                System.Logger.Level.INFO,
                "A delta sync is due; volume=" + volume.id() + " dirtyBytes="
                        + volume.dirty().bytes());
    }

    /** The same for a live volume: the machine says what was missed, not a map of ours. */
    void recoverLive(Optional<RegionSet> missed) {
        Optional<Entry> entry = ledger.find(volume.id());
        boolean known = missed.isPresent() && entry.map(Entry::whole).orElse(false);
        if (known) {
            deltaOf = entry.map(Entry::pg);
        } else {
            entry.filter(Entry::whole).ifPresent(whole -> markPartial(whole.pg()));
        }
        volume.resume(1, known ? missed : Optional.empty());
        LOG.log(
                System.Logger.Level.INFO,
                "A live volume is captured; volume=" + volume.id() + " dirtyBytes="
                        + volume.dirty().bytes());
    }

    /** A live volume goes on after an interruption. */
    void resume(long interruption, Optional<RegionSet> missed) {
        if (missed.isEmpty()) {
            ledger.find(volume.id()).filter(Entry::whole).ifPresent(whole -> markPartial(whole.pg()));
            deltaOf = Optional.empty();
        }
        if (volume.resume(interruption, missed)) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "A live volume goes on; volume=" + volume.id() + " missedIsKnown=" + missed.isPresent()
                            + " dirtyBytes=" + volume.dirty().bytes());
        }
    }

    void join(ReplicationStream stream) {
        SyncKind due = deltaOf.equals(Optional.of(stream.id().pg()))
                ? SyncKind.DELTA
                : ledger.find(volume.id()).isEmpty() ? SyncKind.INITIAL : SyncKind.FULL;
        if (due != SyncKind.DELTA) {
            closeMap();
            note(new Entry(stream.id().pg(), false));
            volume.everythingDiffers();
            if (!volume.isLive()) {
                volume.track(maps.create(volume.id(), volume.size()));
            }
        }
        deltaOf = Optional.empty();
        StreamVolume joined = stream.add(volume, due);
        volume.attachSink(joined);
        member = Optional.of(joined);
        LOG.log(
                System.Logger.Level.INFO,
                "A volume is replicated from now on; volume=" + volume.id() + " group="
                        + stream.id().pg() + " sync=" + due);
    }

    void leave(ReplicationStream stream) {
        note(new Entry(stream.id().pg(), false));
        WriteIntentMap map = volume.intent();
        // Before its writes pass no gate any more.
        stream.endHold();
        volume.detachSink();
        stream.remove(volume.id());
        closeMap(map);
        member = Optional.empty();
        LOG.log(
                System.Logger.Level.INFO,
                "A volume is replicated no more; volume=" + volume.id() + " group="
                        + stream.id().pg());
    }

    /** The disk leaves this agent: whoever has it next may write without us. */
    void detach(Optional<ReplicationStream> stream) {
        if (stream.isPresent()) {
            leave(stream.get());
        } else if (deltaOf.isPresent()) {
            note(new Entry(deltaOf.get(), false));
            closeMap();
            deltaOf = Optional.empty();
        }
    }

    /** Before a new epoch that has to send everything. */
    void markPartial(PgId pg) {
        note(new Entry(pg, false));
    }

    /**
     * The replica became equal to the disk, durably. The disk is flushed first: what the sync read may stand in the host's cache only, written before there
     * was a map to mark it in.
     */
    void markWhole(PgId pg) {
        WriteIntentMap map = volume.intent();
        if (volume.isLive() || map != null && !map.isInvalid() && isDurable(true)) {
            note(new Entry(pg, true));
        }
    }

    private void closeMap() {
        WriteIntentMap map = volume.intent();
        volume.track(null);
        closeMap(map);
    }

    private static void closeMap(WriteIntentMap map) {
        try {
            if (map != null) {
                map.close();
            }
        } catch (IOException ignored) {
            // Every mark that counts was forced when it was made.
        }
    }

    /** Clears marks that nothing needs any more. {@code all}: guests are gone, so what is acknowledged is settled at once. */
    void settle(ReplicationStream stream, boolean all) {
        WriteIntentMap map = volume.intent();
        if (map == null || member.isEmpty()) {
            return;
        }
        StreamVolume joined = member.get();
        boolean generation = stream.settling().isGenerationAcked(joined);
        if ((all || generation) && !isDurable(all)) {
            return;
        }
        if (all ? stream.isDrained() : generation) {
            for (int region = map.nextMarked(0); region >= 0; region = map.nextMarked(region + 1)) {
                clearIfSettled(map, region, all);
            }
            try {
                map.persistClears();
            } catch (IOException kept) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "Marks could not be cleared; they cost a longer delta sync only; volume=" + volume.id(),
                        kept);
            }
        }
        if (generation || !stream.settling().hasGeneration(joined)) {
            map.prepareRotation();
            stream.settling().rotateGeneration(joined);
            flushesAtRotation = volume.flushesBegun();
            settlesWithoutFlush = 0;
        }
    }

    /**
     * Whether what was written before the generation began would survive a loss of power: the replica has it, so a disk that lost it would differ
     * in a region without a mark. Guests flush often; only when none does the agent flush itself, because that costs them time.
     */
    private boolean isDurable(boolean atOnce) {
        if (!atOnce && volume.isDurableUpTo(flushesAtRotation)) {
            return true;
        }
        if (!atOnce && ++settlesWithoutFlush < MAX_SETTLES_WITHOUT_FLUSH) {
            return false;
        }
        try {
            volume.flush();
            return true;
        } catch (IOException kept) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A disk could not be flushed, so marks are kept; they cost a longer delta sync only; volume="
                            + volume.id(),
                    kept);
            return false;
        }
    }

    private void clearIfSettled(WriteIntentMap map, int region, boolean all) {
        long offset = map.offsetOf(region);
        long length = map.lengthOf(region);
        if (map.isTouched(region) && !all) {
            return;
        }
        volume.locks().lock(offset, length);
        try {
            if ((all || !map.isTouched(region)) && !volume.dirty().containsAny(offset, length)) {
                map.clearIfSettled(region);
            }
        } finally {
            volume.locks().unlock(offset, length);
        }
    }

    /** At the end of the process. The marks stay as they are. */
    void close() {
        closeMap();
    }
}
