package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.Id;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.lifecycle.Removal;
import io.holdfast.protectiongroup.membership.KnownVm.Obstacle;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.membership.MemberVolume;
import io.holdfast.protectiongroup.objective.History;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.objective.Rpo;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Groups as REST shows them, as of a moment: ages are computed for the reply and never stored. */
final class GroupViews {
    private GroupViews() {}

    static GroupView of(StoredGroup stored, DataPlane dataPlane, Duration clockUncertainty, Instant now) {
        ProtectionGroup group = stored.group();
        return new GroupView(
                group.id().toString(),
                group.name(),
                stored.shownLifecycle(),
                group.lifecycle().code(),
                since(group),
                group.lifecycle() instanceof Lifecycle.Resync resync
                        ? resync.reason().name()
                        : null,
                new TreeSet<>(group.lifecycle().allowed())
                        .stream().map(Enum::name).toList(),
                group.membership().vms().stream()
                        .map(vm -> vm(vm, dataPlane, now))
                        .toList(),
                group.membership().excluded().stream()
                        .map(Id::toString)
                        .sorted()
                        .toList(),
                objectives(group.objectives()),
                rpo(Rpo.at(now, dataPlane, clockUncertainty)),
                history(History.at(now, dataPlane)),
                SyncProgress.of(group, dataPlane, now),
                stored.conditions().stream()
                        .map(condition -> new GroupView.ConditionView(
                                condition.type().shown(),
                                condition.verdict().status().name(),
                                condition.verdict().reason().name(),
                                condition.verdict().message(),
                                condition.since(),
                                condition.verdict().severity().name()))
                        .toList(),
                dataPlane.streams().values().stream()
                        .sorted(Comparator.comparing(word -> word.agent().toString()))
                        .map(word -> stream(word, dataPlane, now))
                        .toList(),
                dataPlane.tests().running().stream().map(Id::toString).sorted().toList(),
                group.lifecycle() instanceof Lifecycle.Removed removed ? removal(removed) : null,
                group.partition().isPresent() ? group.partition().getAsInt() : null,
                stored.policyRevision(),
                group.createdAt(),
                group.createdBy());
    }

    private static Instant since(ProtectionGroup group) {
        return switch (group.lifecycle()) {
            case Lifecycle.Draft draft -> group.createdAt();
            case Lifecycle.InitialSync syncing -> syncing.since();
            case Lifecycle.Protected covered -> covered.since();
            case Lifecycle.Resync syncing -> syncing.since();
            case Lifecycle.Paused paused -> paused.since();
            case Lifecycle.FailingOver failing -> failing.since();
            case Lifecycle.FailedOver failed -> failed.since();
            case Lifecycle.Removed removed -> removed.since();
        };
    }

    private static GroupView.Vm vm(MemberVm vm, DataPlane dataPlane, Instant now) {
        Map<VolumeId, StreamWord.VolumeProgress> progress = dataPlane
                .freshStream(vm.agent(), now)
                .filter(StreamWord::connected)
                .map(StreamWord::volumes)
                .orElse(Map.of());
        return new GroupView.Vm(
                vm.id().toString(),
                vm.name(),
                vm.agent().toString(),
                vm.volumes().stream()
                        .map(volume -> volume(volume, Optional.ofNullable(progress.get(volume.id()))))
                        .toList());
    }

    private static GroupView.Volume volume(MemberVolume volume, Optional<StreamWord.VolumeProgress> progress) {
        return new GroupView.Volume(
                volume.id().toString(),
                volume.name(),
                volume.sizeBytes(),
                volume.standing().name(),
                progress.map(now -> now.state().name()).orElse(null),
                progress.map(StreamWord.VolumeProgress::syncTotalBytes).orElse(null),
                progress.map(StreamWord.VolumeProgress::syncDoneBytes).orElse(null),
                progress.map(StreamWord.VolumeProgress::dirtyBytes).orElse(null),
                volume.obstacle().map(Obstacle::code).orElse(null),
                volume.obstacle().map(Obstacle::message).orElse(null));
    }

    private static GroupView.ObjectivesView objectives(Objectives objectives) {
        return new GroupView.ObjectivesView(
                objectives.checkpointInterval(),
                objectives.history(),
                objectives.journalLimitBytes(),
                objectives.rpoObjective(),
                objectives.appCheckpointInterval(),
                objectives.transfer().priority(),
                RateBody.of(objectives.transfer().rate()),
                SyncBody.of(objectives.transfer().sync()));
    }

    private static GroupView.RpoView rpo(Rpo rpo) {
        return switch (rpo) {
            case Rpo.Known known ->
                new GroupView.RpoView(
                        true,
                        roundedUp(known.age()),
                        known.checkpoint().checkpoint().toString(),
                        known.checkpoint().cutAt(),
                        null,
                        known.asOf());
            case Rpo.NoCheckpoint none -> new GroupView.RpoView(false, null, null, null, "NO_CHECKPOINT", none.asOf());
            case Rpo.Unknown unknown -> {
                Optional<JournalWord.Cut> last = unknown.lastWord().flatMap(JournalWord::newest);
                yield new GroupView.RpoView(
                        false,
                        null,
                        last.map(cut -> cut.checkpoint().toString()).orElse(null),
                        last.map(JournalWord.Cut::cutAt).orElse(null),
                        unknown.reason().name(),
                        unknown.lastWord().map(JournalWord::at).orElse(null));
            }
        };
    }

    /** To milliseconds, upwards: a rounded RPO must not be lower than the true one either. */
    private static Duration roundedUp(Duration age) {
        return Duration.ofMillis(age.plusNanos(999_999).toMillis());
    }

    private static GroupView.HistoryView history(History history) {
        return new GroupView.HistoryView(
                history.known(),
                history.oldest().orElse(null),
                history.newest().orElse(null),
                history.span().orElse(null),
                history.asOf().orElse(null));
    }

    private static GroupView.StreamView stream(StreamWord word, DataPlane dataPlane, Instant now) {
        return new GroupView.StreamView(
                word.agent().toString(),
                dataPlane.freshStream(word.agent(), now).isPresent(),
                word.connected(),
                word.ringUsedBytes(),
                word.ringLimitBytes(),
                word.rateBytesPerSecond(),
                word.noCheckpointReason().isEmpty() ? null : word.noCheckpointReason(),
                word.observedAt());
    }

    private static GroupView.RemovalView removal(Lifecycle.Removed removed) {
        Removal removal = removed.removal();
        return switch (removal) {
            case Removal.NothingStored done -> removal(removal, removed.since(), null, Optional.empty());
            case Removal.JournalKept done -> removal(removal, removed.since(), null, Optional.empty());
            case Removal.AwaitingJournal waiting -> removal(removal, waiting.since(), null, Optional.empty());
            case Removal.Deleting deleting ->
                removal(removal, deleting.orderedAt(), deleting.attempt(), deleting.refusal());
            case Removal.JournalDeleted done -> removal(removal, done.at(), null, Optional.empty());
            case Removal.DeletionFailed failed ->
                removal(removal, removed.since(), failed.attempts(), Optional.of(failed.refusal()));
        };
    }

    private static GroupView.RemovalView removal(
            Removal removal, Instant since, Integer attempts, Optional<Removal.Refusal> refusal) {
        return new GroupView.RemovalView(
                removal.code(),
                since,
                attempts,
                refusal.map(Removal.Refusal::code).orElse(null),
                refusal.map(Removal.Refusal::message).orElse(null));
    }

    static List<String> knownLifecycles() {
        return List.of("DRAFT", "INITIAL_SYNC", "PROTECTED", "RESYNC", "PAUSED", "TESTING", "REMOVED");
    }
}
