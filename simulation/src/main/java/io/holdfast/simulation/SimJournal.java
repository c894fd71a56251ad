package io.holdfast.simulation;

import io.holdfast.journalstore.adapter.rocksdb.RecordMapper;
import io.holdfast.journalstore.apply.AppliedNumbers;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.ApplyNotes;
import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.apply.CheckpointCut;
import io.holdfast.journalstore.apply.GapReason;
import io.holdfast.journalstore.apply.VolumeSync;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.replicationrouter.runtime.ReplicaReader;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One group's journal: the real rules over a history in memory that goes back to its last flush in a crash. What is staged and what is committed are one
 * here: readers are asked only between records.
 */
final class SimJournal {
    /** What a flush makes durable, all of it at one instant. */
    private record Durable(
            AppliedNumbers numbers, Map<AgentId, AppliedStream> streams, Map<Integer, VolumeSync> volumes) {}

    /** A journal's wish to the router, as of some moment. */
    record Status(PgId pg, Map<AgentId, StreamPosition> positions, Map<AgentId, StreamPosition> needsReset) {}

    private final PgId pg;
    private final String pgText;
    private final Mutation mutation;
    private final Set<CheckpointId> listed = new HashSet<>();
    private final Consumer<Checkpoint> onListed;
    private final MemoryHistory history;
    private final HeadSums sums = new HeadSums();
    /** Only for the mutation. */
    private final Map<List<Long>, byte[]> firstFound = new HashMap<>();

    private Manifest manifest;
    private ApplyState state;
    private Durable durable;

    SimJournal(JournalPolicy policy, Mutation mutation, MemoryHistory history, Consumer<Checkpoint> onListed) {
        this.pg = policy.pg();
        this.pgText = pg.toString();
        this.mutation = mutation;
        this.history = history;
        this.onListed = onListed;
        this.manifest = Manifest.create(policy, "simulation", Instant.EPOCH);
        this.state = ApplyState.empty(manifest);
        this.state.numbers().nextOffset = 0;
        flush();
    }

    void follow(JournalPolicy policy) {
        manifest = manifest.follow(policy, state.head());
        state.follow(manifest, history);
    }

    MemoryHistory history() {
        return history;
    }

    long nextOffset() {
        return state.numbers().nextOffset;
    }

    /** Applies up to {@code most} records that it has not seen yet. */
    void read(List<LoggedRecord> log, int most) {
        for (int i = 0; i < most && nextOffset() < log.size(); i++) {
            long offset = nextOffset();
            LoggedRecord logged = log.get((int) offset);
            if (logged.record().getPgId().equals(pgText)) {
                apply(logged);
            }
            state.numbers().nextOffset = offset + 1;
        }
    }

    private void apply(LoggedRecord logged) {
        if (logged.record().hasCheckpoint()) {
            checkpoint(RecordMapper.cut(logged.record().getCheckpoint()));
            return;
        }
        try {
            state.apply(logged.opened(), history);
        } catch (HoldfastException refused) {
            ChangeBatch batch = logged.record().getBatch();
            state.gap(
                    AgentId.parse(batch.getAgentId()), GapReason.RECORD_REFUSED, new Epoch(batch.getEpoch()), history);
        }
    }

    private void checkpoint(CheckpointCut cut) {
        if (listed.contains(cut.id())) {
            return;
        }
        if (mutation == Mutation.CHECKPOINTS_ARE_LISTED_ANYWHERE) {
            history.list(cut.id(), state.head().value(), cut.cutAtMicros());
            listed.add(cut.id());
            return;
        }
        state.checkpoint(cut, history).ifPresent(checkpoint -> {
            listed.add(checkpoint.id());
            onListed.accept(checkpoint);
        });
    }

    /** The record at the present place cannot be read. */
    void unreadable() {
        state.gapAll(GapReason.RECORD_REFUSED, history);
        state.numbers().nextOffset++;
    }

    /** Kafka has dropped everything before {@code offset}. */
    void kafkaLost(long offset) {
        state.gapAll(GapReason.KAFKA_RECORDS_LOST, history);
        state.numbers().nextOffset = offset;
    }

    void flush() {
        durable = new Durable(state.numbers().copy(), new HashMap<>(state.streams()), new HashMap<>(state.volumes()));
        history.flush();
    }

    /** SIGKILL or power loss, and a new process. */
    void crash() {
        AppliedNumbers numbers = durable.numbers().copy();
        if (mutation == Mutation.JOURNAL_POSITION_OUTLIVES_ITS_CHANGES) {
            numbers.nextOffset = state.numbers().nextOffset;
            durable = new Durable(numbers, new HashMap<>(state.streams()), new HashMap<>(state.volumes()));
        }
        state = new ApplyState(manifest, numbers, durable.streams(), durable.volumes(), ApplyNotes.NONE);
        history.crash(numbers.headLsn);
        listed.clear();
        history.checkpoints().forEach(one -> listed.add(one.id()));
    }

    /** What the replica holds now, once it has applied the place that the question names. */
    ReplicaReader.Answer hashes(ReplicaReader.Question question) {
        StreamPosition from = new StreamPosition(new Epoch(question.epoch()), new Seq(question.seq()));
        if (!state.stream(question.agent()).hasApplied(from)) {
            return ReplicaReader.Answer.refused("NOT_APPLIED_YET");
        }
        int volume = manifest.slotOf(question.volume()).orElseThrow().index();
        byte[] found = sums.of(history, volume, question.offset(), question.length(), question.chunkBytes());
        if (mutation == Mutation.HASHES_OF_AN_EARLIER_SYNC_ARE_USED_AGAIN) {
            found = firstFound.merge(
                    List.of((long) volume, question.offset(), question.length()), found, (earlier, _) -> earlier);
        }
        return new ReplicaReader.Answer("", found);
    }

    Status status() {
        Map<AgentId, StreamPosition> positions = new HashMap<>();
        Map<AgentId, StreamPosition> needsReset = new HashMap<>();
        state.streams().forEach((agent, stream) -> {
            positions.put(agent, stream.position());
            if (stream instanceof AppliedStream.Gapped gap) {
                needsReset.put(agent, gap.needsReset());
            }
        });
        return new Status(pg, positions, needsReset);
    }

    @Override
    public String toString() {
        return "head %s, next offset %d, streams %s, volumes %s"
                .formatted(state.head(), nextOffset(), state.streams(), state.volumes());
    }
}
