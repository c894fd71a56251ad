package io.holdfast.journalstore.adapter.kafka;

import com.google.protobuf.ByteString;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.adapter.store.JournalCondition;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.ScrubStatus;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointListed;
import io.holdfast.proto.v1.JournalCommandResult;
import io.holdfast.proto.v1.JournalDeleted;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.JournalState;
import io.holdfast.proto.v1.JournalStatus;
import io.holdfast.proto.v1.StreamPosition;
import io.holdfast.proto.v1.VolumeRange;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/** Writes topic {@code journal-events}. Safe for any number of threads. */
final class JournalEvents {
    private static final System.Logger LOG = System.getLogger(JournalEvents.class.getName());

    /** Ranges in one status; the others come when these are mended. */
    private static final int MOST_RANGES = 256;

    private final HoldfastKafka kafka;
    private final JournalStore store;
    /** By partition. */
    private final ToLongFunction<Integer> lag;

    private final Map<PgId, JournalCondition.State> lastState = new ConcurrentHashMap<>();

    JournalEvents(HoldfastKafka kafka, JournalStore store, ToLongFunction<Integer> lag) {
        this.kafka = kafka;
        this.store = store;
        this.lag = lag;
    }

    /** Reports every journal ({@code all}), or those whose state has changed since they were reported last. */
    void report(boolean all) {
        for (PgId pg : store.groups()) {
            Optional<JournalSlot> slot = store.slot(pg);
            if (slot.isEmpty()) {
                continue;
            }
            try {
                JournalCondition condition = JournalCondition.of(slot.get(), store.hasRoom());
                boolean changed = lastState.put(pg, condition.state()) != condition.state();
                if (all || changed) {
                    send(pg, event(pg).setStatus(status(pg, slot.get(), condition)));
                }
            } catch (HoldfastException closing) {
                LOG.log(System.Logger.Level.DEBUG, "a journal ended while it was reported", closing);
            }
        }
        lastState.keySet().retainAll(store.groups());
    }

    /** A checkpoint was listed, or its marks have changed. */
    void listed(PgId pg, Checkpoint checkpoint) {
        CheckpointListed.Builder listed = CheckpointListed.newBuilder()
                .setCheckpointId(checkpoint.id().toString())
                .setKind(kind(checkpoint))
                .setName(checkpoint.name())
                .setLsn(checkpoint.lsn().value())
                .setCutAtMicros(checkpoint.cutAtMicros())
                .addAllMarks(checkpoint.marks().names());
        checkpoint.digest().ifPresent(digest -> listed.setDigest(ByteString.copyFrom(digest.bytes())));
        checkpoint.appFailure().ifPresent(failure -> listed.setAppFailureCode(failure.code())
                .setAppFailureMessage(failure.message()));
        send(pg, event(pg).setCheckpoint(listed));
    }

    void deleted(PgId pg) {
        send(pg, event(pg).setDeleted(JournalDeleted.getDefaultInstance()));
    }

    /** @param failure null = the command is done */
    void commandResult(PgId pg, String commandId, HoldfastException failure) {
        JournalCommandResult.Builder result = JournalCommandResult.newBuilder().setCommandId(commandId);
        if (failure == null) {
            result.setOk(true);
        } else {
            result.setErrorCode(failure.code().name()).setMessage(failure.getMessage());
        }
        send(pg, event(pg).setCommandResult(result));
    }

    private static CheckpointKind kind(Checkpoint checkpoint) {
        return switch (checkpoint.kind()) {
            case CRASH -> CheckpointKind.CRASH;
            case APP -> CheckpointKind.APP;
            case USER -> CheckpointKind.USER;
        };
    }

    private JournalEvent.Builder event(PgId pg) {
        return JournalEvent.newBuilder()
                .setPgId(pg.toString())
                .setJournalStoreId(store.options().storeId())
                .setAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    }

    private void send(PgId pg, JournalEvent.Builder event) {
        try {
            kafka.producer()
                    .send(Topic.JOURNAL_EVENTS, pg.toString(), event.build())
                    .whenComplete((_, failure) -> {
                        if (failure != null) {
                            LOG.log(System.Logger.Level.WARNING, "an event was not written pg=" + pg, failure);
                        }
                    });
        } catch (RuntimeException kafkaDown) {
            LOG.log(System.Logger.Level.WARNING, "an event was not written pg=" + pg, kafkaDown);
        }
    }

    private JournalStatus status(PgId pg, JournalSlot slot, JournalCondition condition) {
        JournalStatus.Builder status = JournalStatus.newBuilder()
                .setState(state(condition.state()))
                .setStateCode(condition.code())
                .setStateMessage(condition.message())
                .setOpenSessions(store.sessions().of(pg).size())
                .setRestAddress(store.options().restAddress())
                .setNbdAddress(store.options().nbdAddress());
        if (slot instanceof JournalSlot.Open open) {
            fill(status, open.journal());
            store.fullAt(pg, Instant.now())
                    .ifPresent(full -> status.setFullAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, full)));
            fill(status, open.scrub(), open.journal().snapshot().manifest());
        }
        return status.build();
    }

    private static JournalState state(JournalCondition.State state) {
        return switch (state) {
            case APPLYING -> JournalState.APPLYING;
            case GAP -> JournalState.GAP;
            case NO_SPACE -> JournalState.NO_SPACE;
            case DAMAGED -> JournalState.DAMAGED;
        };
    }

    private void fill(JournalStatus.Builder status, Journal journal) {
        JournalSnapshot now = journal.snapshot();
        JournalPoints points = new JournalPoints(journal);
        status.setHeadLsn(now.numbers().headLsn)
                .setTailLsn(journal.tail().value())
                .setSizeBytes(journal.liveBytes())
                .setSizeLimitBytes(now.manifest().limitBytes())
                .setCheckpointCount(journal.checkpointCount())
                .setCheckpointsDiscarded(now.numbers().discardedTotal())
                .setVolumesInSync(now.volumesInSync())
                .setVolumeCount(now.manifest().protectedVolumes().size())
                .setLagRecords(lag.applyAsLong(now.manifest().partition()));
        points.newest()
                .ifPresent(newest -> status.setNewestCheckpointId(newest.id().toString())
                        .setNewestCheckpointCutAtMicros(newest.cutAtMicros()));
        points.oldest().ifPresent(oldest -> status.setOldestCheckpointCutAtMicros(oldest.cutAtMicros()));
        now.streams().forEach((agent, stream) -> {
            status.addPositions(position(agent, stream.position()));
            if (stream instanceof AppliedStream.Gapped gap) {
                status.addNeedsReset(position(agent, gap.needsReset()));
            }
        });
    }

    private static void fill(JournalStatus.Builder status, ScrubStatus scrub, Manifest manifest) {
        status.setDamagedLsn(scrub.damagedLsn());
        scrub.last()
                .ifPresent(last ->
                        status.setScrubbedAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, last.finishedAt())));
        scrub.needsResend().stream()
                .limit(MOST_RANGES)
                .forEach(range -> status.addNeedsResend(VolumeRange.newBuilder()
                        .setVolumeId(manifest.volumes()
                                .get(range.volumeIndex())
                                .volume()
                                .toString())
                        .setOffsetBytes(Block.offsetOf(range.block()))
                        .setLengthBytes(range.blocks() * Block.SIZE_BYTES)));
    }

    private static StreamPosition position(AgentId agent, io.holdfast.kernel.StreamPosition at) {
        return StreamPosition.newBuilder()
                .setAgentId(agent.toString())
                .setEpoch(at.epoch().value())
                .setSeq(at.seq().value())
                .build();
    }
}
