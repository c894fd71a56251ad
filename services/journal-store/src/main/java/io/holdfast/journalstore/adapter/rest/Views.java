package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.adapter.rocksdb.KeptDisks;
import io.holdfast.journalstore.adapter.store.JournalCondition;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.ScrubStatus;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.ScrubResult;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.Machine;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.seeding.KeptDisk;
import io.holdfast.journalstore.session.Commit;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How journals, checkpoints and sessions look in JSON (docs/rest-api.md). */
final class Views {
    static final int FINDINGS_SHOWN = 100;

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
            Instant fullAt,
            Long damagedLsn,
            Instant scrubbedAt,
            List<VolumeView> volumes) {}

    /** What a mark rests on. */
    record MarkView(String mark, Instant at, String evidence) {}

    record AppFailureView(String code, String message) {}

    record CheckpointVolumeView(String id, String name, String nbdExport) {}

    record DiskView(String volumeId, String bus, String serial) {}

    record NicView(String name, String mac, String model, String network) {}

    record DirectBootView(String kernel, String initrd, String commandLine) {}

    record SpecView(
            int cpuCount,
            long memoryBytes,
            String firmware,
            String machineType,
            List<DiskView> disks,
            List<NicView> nics,
            DirectBootView directBoot) {}

    record MachineView(String vmId, String name, SpecView spec) {}

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
            List<CheckpointVolumeView> volumes,
            List<MachineView> machines) {}

    record ExportView(String volumeId, String name, String vmId, long sizeBytes, String nbdAddress, String nbdExport) {}

    record SessionView(
            String id,
            String pgId,
            long lsn,
            String checkpointId,
            Instant openedAt,
            long openMillis,
            RecoverySession.State state,
            CommitView commit,
            List<ExportView> exports) {}

    /**
     * @param phase ORDERED, PROMOTING, MERGING or DONE
     * @param isFinal whether a rollback is possible no more
     * @param leftBytes of overlays that are not in the images yet; in MERGING only
     * @param problem why it does not go on
     */
    record CommitView(
            String phase,
            boolean isFinal,
            String branch,
            Long imageLsn,
            Long targetLsn,
            Long leftBytes,
            String problem) {}

    /**
     * @param kind COMMIT: what a commit left behind; OLD_DISK: what volumes were seeded with
     * @param fromLsn null of an OLD_DISK, as are {@code toLsn} and {@code sessionId}
     * @param at when it came to be
     * @param state PROMOTING, MERGING or COMMITTED; of an OLD_DISK READABLE or DAMAGED
     * @param volumeIds that it has
     * @param savedBytes kept for it beside replicas and history, at most the volumes' size
     * @param until when it is given up; null = when somebody does
     */
    record BranchView(
            String name,
            String pgId,
            String kind,
            Long fromLsn,
            Long toLsn,
            Instant at,
            String sessionId,
            String state,
            List<String> volumeIds,
            long savedBytes,
            Instant until) {}

    private static CommitView commit(Commit commit, String problem) {
        String why = problem.isEmpty() ? null : problem;
        return switch (commit) {
            case Commit.Ordered ordered -> new CommitView("ORDERED", false, ordered.branch(), null, null, null, why);
            case Commit.Promoting promoting ->
                new CommitView(
                        "PROMOTING",
                        true,
                        promoting.branch(),
                        promoting.image().value(),
                        promoting.to().value(),
                        null,
                        why);
            case Commit.Merging merging ->
                new CommitView("MERGING", true, merging.branch(), null, null, merging.leftBytes(), why);
            case Commit.Done done -> new CommitView("DONE", true, done.branch(), null, null, null, why);
        };
    }

    static BranchView branch(PgId pg, Journal journal, Fork fork) {
        return new BranchView(
                fork.branch(),
                pg.toString(),
                "COMMIT",
                fork.from().value(),
                fork.to().value(),
                fork.at(),
                fork.session().toString(),
                fork.step().name(),
                journal.snapshot().volumesAt(fork.to()).stream()
                        .map(slot -> slot.volume().toString())
                        .toList(),
                journal.forkState().baseBytes(),
                null);
    }

    /** @param disks of one branch */
    static BranchView branch(PgId pg, List<KeptDisks.Shown> disks) {
        boolean damaged = disks.stream().anyMatch(one -> one.disk().damage().isPresent());
        List<KeptDisk> all = disks.stream().map(KeptDisks.Shown::disk).toList();
        return new BranchView(
                all.getFirst().branch(),
                pg.toString(),
                "OLD_DISK",
                null,
                null,
                all.stream().map(KeptDisk::since).min(Comparator.naturalOrder()).orElseThrow(),
                null,
                damaged ? "DAMAGED" : "READABLE",
                all.stream().map(disk -> disk.volume().toString()).toList(),
                disks.stream().mapToLong(KeptDisks.Shown::savedBytes).sum(),
                all.stream().map(KeptDisk::until).min(Comparator.naturalOrder()).orElseThrow());
    }

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
                        store.fullAt(pg, Instant.now()).orElse(null),
                        open.scrub().damagedLsn() == 0 ? null : open.scrub().damagedLsn(),
                        open.scrub().last().map(ScrubResult::finishedAt).orElse(null),
                        volumes(now));
            }
        };
    }

    record FindingView(Finding.Kind kind, Long lsn, String volumeId, Long block, Integer blocks, String what) {}

    record ResendView(String volumeId, long offsetBytes, long lengthBytes) {}

    /** @param findings the first {@value #FINDINGS_SHOWN} of {@code findingCount}, lowest LSN first */
    record ScrubView(
            boolean requested,
            Instant runningSince,
            Instant startedAt,
            Instant finishedAt,
            Long changes,
            Integer checkpoints,
            Long bytesRead,
            long findingCount,
            List<FindingView> findings,
            int presentCount,
            List<ResendView> needsResend) {}

    static ScrubView scrub(ScrubStatus status, Manifest manifest) {
        Optional<ScrubResult> last = status.last();
        return new ScrubView(
                status.requested(),
                status.runningSince().orElse(null),
                last.map(ScrubResult::startedAt).orElse(null),
                last.map(ScrubResult::finishedAt).orElse(null),
                last.map(ScrubResult::changes).orElse(null),
                last.map(ScrubResult::checkpoints).orElse(null),
                last.map(ScrubResult::bytesRead).orElse(null),
                last.map(ScrubResult::total).orElse(0L),
                last.map(ScrubResult::findings).orElse(List.of()).stream()
                        .limit(FINDINGS_SHOWN)
                        .map(finding -> finding(finding, manifest))
                        .toList(),
                status.present().size(),
                status.needsResend().stream()
                        .limit(FINDINGS_SHOWN)
                        .map(range -> new ResendView(
                                manifest.volumes()
                                        .get(range.volumeIndex())
                                        .volume()
                                        .toString(),
                                Block.offsetOf(range.block()),
                                range.blocks() * Block.SIZE_BYTES))
                        .toList());
    }

    private static FindingView finding(Finding finding, Manifest manifest) {
        boolean known = finding.volumeIndex() >= 0
                && finding.volumeIndex() < manifest.volumes().size();
        return new FindingView(
                finding.kind(),
                finding.lsn() < 0 ? null : finding.lsn(),
                known ? manifest.volumes().get(finding.volumeIndex()).volume().toString() : null,
                finding.block() < 0 ? null : finding.block(),
                finding.blocks() == 0 ? null : finding.blocks(),
                finding.what());
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

    private static MachineView machine(Machine machine) {
        return new MachineView(
                machine.vmId(),
                machine.name(),
                new SpecView(
                        machine.cpuCount(),
                        machine.memoryBytes(),
                        machine.firmware(),
                        machine.machineType(),
                        machine.disks().stream()
                                .map(disk -> new DiskView(disk.volumeId(), disk.bus(), disk.serial()))
                                .toList(),
                        machine.nics().stream()
                                .map(nic -> new NicView(nic.name(), nic.mac(), nic.model(), nic.network()))
                                .toList(),
                        machine.directBoot()
                                .map(boot -> new DirectBootView(boot.kernel(), boot.initrd(), boot.commandLine()))
                                .orElse(null)));
    }

    static CheckpointView checkpoint(PgId pg, Checkpoint checkpoint, Journal journal) {
        JournalSnapshot now = journal.snapshot();
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
                        .toList(),
                new JournalPoints(journal)
                        .machines(checkpoint).stream().map(Views::machine).toList());
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

    static SessionView session(RecoverySession session, JournalStore store) {
        String nbdAddress = store.options().nbdAddress();
        CommitView commit = store.sessions()
                .commitOf(session.id())
                .map(one -> commit(one, store.sessions().problemOf(session.id())))
                .orElse(null);
        return new SessionView(
                session.id().toString(),
                session.pg().toString(),
                session.lsn().value(),
                session.checkpoint().map(CheckpointId::toString).orElse(null),
                session.openedAt(),
                session.openMillis(),
                session.state(),
                commit,
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
