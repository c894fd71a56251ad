package io.holdfast.journalstore.apply;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VolumeId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The rules of applying one group's records, and all that they depend on. Everything here follows from the records and the
 * policy alone, so that applying again gives the same journal (invariant 4).
 *
 * <p>One thread at a time. When a write of what it decided fails, this object is of no use any more: load it again from what is
 * stored.
 */
public final class ApplyState {
    /** Streams that one journal follows at most; more is not a group that anybody placed on purpose. */
    public static final int MAX_STREAMS = 256;
    /** What a change counts beside its payload when the size of the history is compared with its limit. */
    public static final int CHANGE_OVERHEAD_BYTES = 64;

    private final AppliedNumbers numbers;
    private final Map<AgentId, AppliedStream> streams;
    private final Map<Integer, VolumeSync> volumes;
    private ApplyNotes notes;
    private Manifest manifest;
    private Map<VolumeId, VolumeSlot> slots;
    private List<VolumeSlot> wanted;

    public ApplyState(
            Manifest manifest,
            AppliedNumbers numbers,
            Map<AgentId, AppliedStream> streams,
            Map<Integer, VolumeSync> volumes,
            ApplyNotes notes) {
        this.notes = notes;
        this.numbers = numbers;
        this.streams = new HashMap<>(streams);
        this.volumes = new HashMap<>(volumes);
        this.manifest = manifest;
        indexSlots();
    }

    /** A journal that has nothing yet. */
    public static ApplyState empty(Manifest manifest) {
        return new ApplyState(manifest, new AppliedNumbers(), Map.of(), Map.of(), ApplyNotes.NONE);
    }

    private void indexSlots() {
        slots = new HashMap<>();
        manifest.volumes().forEach(slot -> slots.put(slot.volume(), slot));
        wanted = manifest.protectedVolumes();
    }

    public Manifest manifest() {
        return manifest;
    }

    public AppliedNumbers numbers() {
        return numbers;
    }

    public Lsn head() {
        return Lsn.of(numbers.headLsn);
    }

    public Map<AgentId, AppliedStream> streams() {
        return Map.copyOf(streams);
    }

    /** How far one stream is; {@link AppliedStream#NEW} for one that has sent nothing yet. */
    public AppliedStream stream(AgentId agent) {
        return streams.getOrDefault(agent, AppliedStream.NEW);
    }

    public Map<Integer, VolumeSync> volumes() {
        return Map.copyOf(volumes);
    }

    public ApplyNotes notes() {
        return notes;
    }

    /** What a newer policy takes from a replica before it counts: a volume that another agent carries then is whole for nobody. */
    public void handOver(Manifest newer) {
        for (VolumeSlot slot : newer.protectedVolumes()) {
            boolean carriedByAnother = manifest.volumes().stream()
                    .anyMatch(had -> had.index() == slot.index() && !had.agent().equals(slot.agent()));
            if (carriedByAnother) {
                volumes.computeIfPresent(slot.index(), (_, sync) -> sync.handedOver());
            }
        }
    }

    /** Follows a newer policy: a volume that was added is out of sync, so the consistent range may end here. */
    public void follow(Manifest newer, ApplySink sink) {
        handOver(newer);
        manifest = newer;
        indexSlots();
        consistencyMayHaveChanged(sink);
    }

    /**
     * What a batch would do. Lets the caller drop duplicates without opening them.
     *
     * @throws HoldfastException {@code UNKNOWN_STREAM} when the agent has no volume in the group and never had one
     */
    public BatchVerdict judge(BatchHeader header) {
        AgentId agent = header.stream().agent();
        AppliedStream stream = streams.get(agent);
        if (stream == null) {
            boolean known =
                    manifest.volumes().stream().anyMatch(slot -> slot.agent().equals(agent));
            if (!known || streams.size() >= MAX_STREAMS) {
                throw new HoldfastException(
                        JournalError.UNKNOWN_STREAM,
                        "agent %s has no volume in group %s".formatted(agent, manifest.pg()));
            }
            stream = AppliedStream.NEW;
        }
        return StreamRules.judge(stream, header.epoch(), header.first(), header.recordCount());
    }

    /**
     * Stores a batch as far as it is new. Either all of it or, when this throws, nothing.
     *
     * @return what was done
     * @throws HoldfastException {@code UNKNOWN_STREAM}, {@code UNKNOWN_VOLUME} or {@code OUT_OF_BOUNDS}; the state is as before
     */
    public BatchVerdict apply(OpenedBatch batch, ApplySink sink) {
        BatchHeader header = batch.header();
        AgentId agent = header.stream().agent();
        BatchVerdict verdict = judge(header);
        switch (verdict) {
            case BatchVerdict.StaleEpoch _, BatchVerdict.Duplicate _, BatchVerdict.StillGapped _ -> {}
            case BatchVerdict.Gap _ -> gap(agent, GapReason.RECORDS_MISSING, header.epoch(), sink);
            case BatchVerdict.Apply apply -> {
                List<StreamRecord> fresh =
                        batch.records().subList(apply.skip(), batch.records().size());
                fresh.forEach(this::requireStorable);
                if (!syncsHaveBase(fresh, apply.newEpoch())) {
                    gap(agent, GapReason.SYNC_WITHOUT_BASE, header.epoch(), sink);
                    return new BatchVerdict.Gap();
                }
                if (apply.newEpoch()) {
                    outOfSync(agent, VolumeSync::left, sink);
                }
                long seq = header.first().value() + apply.skip();
                for (StreamRecord record : fresh) {
                    noteFirstSync(agent, record, new StreamPosition(header.epoch(), new Seq(seq++)));
                    store(record, sink);
                }
                streams.put(agent, new AppliedStream.Following(header.end()));
                if (numbers.lastMicros > 0) {
                    sink.time(numbers.lastMicros, head());
                }
            }
        }
        return verdict;
    }

    /**
     * Whether every sync that these records begin or end has something to build on, looked at before anything is stored.
     *
     * @param newEpoch the records begin an epoch, so no earlier sync goes on in them
     */
    private boolean syncsHaveBase(List<StreamRecord> fresh, boolean newEpoch) {
        Map<Integer, VolumeSync> ahead = new HashMap<>();
        for (StreamRecord record : fresh) {
            switch (record) {
                case SyncStarted started -> {
                    VolumeSync sync = ahead.computeIfAbsent(
                            slots.get(started.volume()).index(), index -> syncAtStart(index, newEpoch));
                    if (!sync.accepts(started.kind())) {
                        return false;
                    }
                    ahead.put(slots.get(started.volume()).index(), sync.started(started.kind()));
                }
                case SyncCompleted completed -> {
                    VolumeSync sync = ahead.computeIfAbsent(
                            slots.get(completed.volume()).index(), index -> syncAtStart(index, newEpoch));
                    if (sync.phase() != VolumeSync.Phase.SYNCING) {
                        return false;
                    }
                    ahead.put(slots.get(completed.volume()).index(), sync.completed(head()));
                }
                case Change _, Marker _ -> {}
            }
        }
        return true;
    }

    private VolumeSync syncAtStart(int index, boolean newEpoch) {
        VolumeSync sync = volumes.getOrDefault(index, VolumeSync.NEVER);
        return newEpoch ? sync.left() : sync;
    }

    /** Marks a stream as not to be gone on with. Unknown agents are ignored: there is no stream to mark. */
    public void gap(AgentId agent, GapReason reason, Epoch epoch, ApplySink sink) {
        AppliedStream stream = streams.getOrDefault(agent, AppliedStream.NEW);
        streams.put(agent, stream.gapped(reason, epoch));
        outOfSync(agent, VolumeSync::lost, sink);
    }

    /** A commit is about to end every stream here: from now on it is noted whether anything comes behind it that its branch should have. */
    public void noteCommit() {
        Map<Integer, Long> whole = new HashMap<>();
        for (VolumeSlot slot : wanted) {
            boolean isWhole =
                    volumes.getOrDefault(slot.index(), VolumeSync.NEVER).base() == VolumeSync.Base.WHOLE;
            if (isWhole && stream(slot.agent()) instanceof AppliedStream.Following) {
                whole.put(slot.index(), slot.sizeBytes());
            }
        }
        Map<AgentId, StreamPosition> passed = new HashMap<>();
        streams.forEach((agent, stream) -> passed.put(agent, stream.position()));
        notes = notes.committed(new BehindCommit(head(), whole, passed, false));
    }

    /** The branch of the last commit is given up. */
    public void noteRelease() {
        notes = notes.released();
    }

    /** Whether it has to be told what of a batch was not stored. */
    public boolean notesDrops() {
        return notes.behind().filter(commit -> !commit.missed()).isPresent();
    }

    /** A batch was not stored, or not wholly. */
    public void noteDropped(OpenedBatch batch) {
        notes = notes.behind(commit -> commit.dropped(batch));
    }

    /** Something was not stored of which it is not known what it held. */
    public void noteMissing() {
        notes = notes.behind(BehindCommit::missing);
    }

    private void noteFirstSync(AgentId agent, StreamRecord record, StreamPosition at) {
        switch (record) {
            case SyncStarted started -> {
                int index = slots.get(started.volume()).index();
                boolean onNothing =
                        volumes.getOrDefault(index, VolumeSync.NEVER).base() == VolumeSync.Base.NOTHING;
                notes = onNothing ? notes.firstSync(index, new FirstSync(agent, at)) : notes.noFirstSync(index);
            }
            case SyncCompleted completed ->
                notes = notes.noFirstSync(slots.get(completed.volume()).index());
            case Change _, Marker _ -> {}
        }
    }

    /** Marks every stream, those too that have not sent anything yet. */
    public void gapAll(GapReason reason, ApplySink sink) {
        wanted.forEach(slot -> streams.putIfAbsent(slot.agent(), AppliedStream.NEW));
        streams.replaceAll((_, stream) -> stream.gapped(reason, Epoch.NONE));
        volumes.replaceAll((_, sync) -> sync.lost());
        consistencyMayHaveChanged(sink);
    }

    /**
     * A commit makes a new lineage begin at an LSN of its own, which no point of the one before has. So every LSN names one state, also when nothing is written
     * behind the commit. A range that is consistent here ends with the old lineage, and one begins with the new.
     *
     * @param micros when; an instant before it is the old lineage's
     */
    public void beginLineage(long micros, ApplySink sink) {
        boolean consistent = numbers.consistentSince >= 0;
        if (consistent) {
            sink.consistentUntil(Lsn.of(numbers.consistentSince), head());
        }
        // Later than everything of the old lineage, whatever the clocks say.
        timePasses(Math.max(micros, numbers.lastMicros + 1), sink);
        numbers.headLsn++;
        sink.lineageBegins(head(), numbers.lastMicros);
        sink.time(numbers.lastMicros, head());
        if (consistent) {
            numbers.consistentSince = numbers.headLsn;
            sink.consistentFrom(head());
        }
    }

    private void requireStorable(StreamRecord record) {
        VolumeId volume =
                switch (record) {
                    case Change change -> change.volume();
                    case SyncStarted started -> started.volume();
                    case SyncCompleted completed -> completed.volume();
                    case Marker _ -> null;
                };
        if (volume == null) {
            return;
        }
        VolumeSlot slot = slots.get(volume);
        if (slot == null) {
            throw new HoldfastException(
                    JournalError.UNKNOWN_VOLUME, "group %s has no volume %s".formatted(manifest.pg(), volume));
        }
        if (record instanceof Change change && change.offset() > slot.sizeBytes() - change.length()) {
            throw new HoldfastException(
                    JournalError.OUT_OF_BOUNDS,
                    "a change of volume %s at offset %d, length %d; the volume has %d bytes"
                            .formatted(volume, change.offset(), change.length(), slot.sizeBytes()));
        }
    }

    private void store(StreamRecord record, ApplySink sink) {
        switch (record) {
            case Change change -> {
                timePasses(change.writtenAtMicros(), sink);
                numbers.headLsn++;
                int payload = change instanceof StreamRecord.Data data ? data.length() : 0;
                numbers.liveBytesAdded += payload + (long) CHANGE_OVERHEAD_BYTES;
                sink.change(head(), slots.get(change.volume()).index(), change);
            }
            case SyncStarted started -> sync(started.volume(), sync -> sync.started(started.kind()), sink);
            case SyncCompleted completed -> sync(completed.volume(), sync -> sync.completed(head()), sink);
            case Marker _ -> {}
        }
    }

    /** One entry for each millisecond that has changes, naming the last change before the next millisecond begins. */
    private void timePasses(long writtenAtMicros, ApplySink sink) {
        if (writtenAtMicros / 1000 > numbers.lastMicros / 1000 && numbers.headLsn > 0 && numbers.lastMicros > 0) {
            sink.time(numbers.lastMicros, head());
        }
        numbers.lastMicros = Math.max(numbers.lastMicros, writtenAtMicros);
    }

    private void sync(VolumeId volume, UnaryOperator<VolumeSync> change, ApplySink sink) {
        int index = slots.get(volume).index();
        volumes.put(index, change.apply(volumes.getOrDefault(index, VolumeSync.NEVER)));
        consistencyMayHaveChanged(sink);
    }

    private void outOfSync(AgentId agent, UnaryOperator<VolumeSync> change, ApplySink sink) {
        for (VolumeSlot slot : wanted) {
            if (slot.agent().equals(agent)) {
                volumes.computeIfPresent(slot.index(), (_, sync) -> change.apply(sync));
            }
        }
        consistencyMayHaveChanged(sink);
    }

    private void consistencyMayHaveChanged(ApplySink sink) {
        boolean now = allInSync();
        if (now && numbers.consistentSince < 0) {
            numbers.consistentSince = numbers.headLsn;
            sink.consistentFrom(head());
        } else if (!now && numbers.consistentSince >= 0) {
            sink.consistentUntil(Lsn.of(numbers.consistentSince), head());
            numbers.consistentSince = -1;
            numbers.lastConsistentLsn = numbers.headLsn;
        }
    }

    public boolean allInSync() {
        return !wanted.isEmpty() && volumesInSync() == wanted.size();
    }

    public int volumesInSync() {
        int inSync = 0;
        for (VolumeSlot slot : wanted) {
            if (volumes.getOrDefault(slot.index(), VolumeSync.NEVER).inSync()) {
                inSync++;
            }
        }
        return inSync;
    }

    /**
     * Lists the checkpoint if it is exactly here, else counts it.
     *
     * @return the listed checkpoint, or empty
     */
    public Optional<Checkpoint> checkpoint(CheckpointCut cut, ApplySink sink) {
        Optional<DiscardReason> reason = whyNot(cut);
        if (reason.isPresent()) {
            numbers.discarded[reason.get().ordinal()]++;
            return Optional.empty();
        }
        Checkpoint listed = new Checkpoint(
                ++numbers.checkpointsListed,
                cut.id(),
                cut.kind(),
                cut.name(),
                head(),
                cut.cutAtMicros(),
                Optional.of(sink.digest()),
                CheckpointMarks.NONE,
                cut.appFailure());
        numbers.newestCheckpointLsn = numbers.headLsn;
        sink.list(listed);
        return Optional.of(listed);
    }

    private Optional<DiscardReason> whyNot(CheckpointCut cut) {
        Map<AgentId, StreamPosition> here = new HashMap<>();
        boolean gapped = false;
        for (VolumeSlot slot : wanted) {
            AppliedStream stream = streams.get(slot.agent());
            if (stream != null) {
                here.put(slot.agent(), stream.position());
                gapped |= stream instanceof AppliedStream.Gapped;
            }
        }
        if (gapped || !here.equals(cut.positions())) {
            return Optional.of(DiscardReason.POSITION_MISMATCH);
        }
        boolean sameVolumes = cut.volumeCount() == wanted.size();
        return allInSync() && sameVolumes ? Optional.empty() : Optional.of(DiscardReason.NOT_IN_SYNC);
    }
}
