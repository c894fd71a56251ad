package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.adapter.store.JournalCondition;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/** How journals, checkpoints and sessions look in JSON (docs/rest-api.md). */
final class Views {
    private Views() {}

    record VolumeView(String id, String name, String vmId, String vmName, long sizeBytes, boolean inSync) {}

    record JournalView(
            String pgId,
            String name,
            JournalCondition.State state,
            String stateCode,
            String stateMessage,
            Long headLsn,
            Long tailLsn,
            Long sizeBytes,
            Long sizeLimitBytes,
            Long checkpointCount,
            Long checkpointsDiscarded,
            Duration history,
            Integer openSessions,
            List<VolumeView> volumes) {}

    /** What a mark rests on. */
    record MarkView(String mark, Instant at, String evidence) {}

    record AppFailureView(String code, String message) {}

    record CheckpointVolumeView(String id, String name, String nbdExport) {}

    record CheckpointView(
            String id,
            String kind,
            String name,
            long lsn,
            Instant cutAt,
            String digest,
            List<String> marks,
            List<MarkView> evidence,
            AppFailureView appFailure,
            List<CheckpointVolumeView> volumes) {}

    record ExportView(String volumeId, String name, String vmId, long sizeBytes, String nbdAddress, String nbdExport) {}

    record SessionView(
            String id,
            String pgId,
            long lsn,
            String checkpointId,
            Instant openedAt,
            long openMillis,
            RecoverySession.State state,
            List<ExportView> exports) {}

    static JournalView journal(PgId pg, JournalSlot slot, JournalStore store) {
        JournalCondition condition = JournalCondition.of(slot, store.hasRoom());
        String code = condition.code().isEmpty() ? null : condition.code();
        String message = condition.message().isEmpty() ? null : condition.message();
        return switch (slot) {
            case JournalSlot.Unusable _ ->
                new JournalView(
                        pg.toString(),
                        null,
                        condition.state(),
                        code,
                        message,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of());
            case JournalSlot.Open open -> {
                Journal journal = open.journal();
                JournalSnapshot now = journal.snapshot();
                yield new JournalView(
                        pg.toString(),
                        now.manifest().name(),
                        condition.state(),
                        code,
                        message,
                        now.numbers().headLsn,
                        journal.tail().value(),
                        journal.liveBytes(),
                        now.manifest().limitBytes(),
                        journal.checkpointCount(),
                        now.numbers().discardedTotal(),
                        now.manifest().history(),
                        store.sessions().of(pg).size(),
                        volumes(now));
            }
        };
    }

    private static List<VolumeView> volumes(JournalSnapshot now) {
        return now.manifest().protectedVolumes().stream()
                .map(slot -> new VolumeView(
                        slot.volume().toString(),
                        slot.name(),
                        slot.vm().toString(),
                        slot.vmName(),
                        slot.sizeBytes(),
                        now.volumes().containsKey(slot.index())
                                && now.volumes().get(slot.index()).inSync()))
                .toList();
    }

    static CheckpointView checkpoint(PgId pg, Checkpoint checkpoint, JournalSnapshot now) {
        return new CheckpointView(
                checkpoint.id().toString(),
                checkpoint.kind().name(),
                checkpoint.name().isEmpty() ? null : checkpoint.name(),
                checkpoint.lsn().value(),
                Instant.EPOCH.plus(checkpoint.cutAtMicros(), ChronoUnit.MICROS),
                checkpoint.digest().map(Object::toString).orElse(null),
                checkpoint.marks().names(),
                evidence(checkpoint.marks()),
                checkpoint
                        .appFailure()
                        .map(failure -> new AppFailureView(failure.code(), failure.message()))
                        .orElse(null),
                now.volumesAt(checkpoint.lsn()).stream()
                        .map(slot -> new CheckpointVolumeView(
                                slot.volume().toString(),
                                slot.name(),
                                JournalExports.nameOf(pg, slot.volume(), checkpoint.id())))
                        .toList());
    }

    private static List<MarkView> evidence(CheckpointMarks marks) {
        return Stream.of(CheckpointMarks.Kind.values())
                .flatMap(kind -> marks.evidence(kind).stream()
                        .map(evidence -> new MarkView(
                                kind.name(),
                                Instant.EPOCH.plus(evidence.atMicros(), ChronoUnit.MICROS),
                                evidence.text())))
                .toList();
    }

    static SessionView session(RecoverySession session, String nbdAddress) {
        return new SessionView(
                session.id().toString(),
                session.pg().toString(),
                session.lsn().value(),
                session.checkpoint().map(CheckpointId::toString).orElse(null),
                session.openedAt(),
                session.openMillis(),
                session.state(),
                session.volumes().stream()
                        .map(volume -> new ExportView(
                                volume.volume().toString(),
                                volume.name(),
                                volume.vm().toString(),
                                volume.sizeBytes(),
                                nbdAddress,
                                JournalExports.nameOf(session, volume)))
                        .toList());
    }
}
