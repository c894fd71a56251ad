package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.lifecycle.Removal;
import io.holdfast.protectiongroup.lifecycle.ResyncReason;
import java.time.Instant;
import java.util.Optional;

/** A lifecycle state as its name and the data of that state. Every field is optional: which ones count, the name says. */
record LifecycleForm(
        String since,
        String reason,
        String lastBefore,
        Boolean wasProtected,
        String removal,
        RemovalForm removalData,
        String run,
        Boolean replicating) {

    record RemovalForm(String at, String command, Integer attempts, String refusalCode, String refusalMessage) {}

    static String write(Lifecycle state) {
        return StoredJson.write(
                switch (state) {
                    case Lifecycle.Draft draft -> of(null);
                    case Lifecycle.InitialSync syncing -> of(syncing.since());
                    case Lifecycle.Protected covered -> of(covered.since());
                    case Lifecycle.Resync syncing ->
                        new LifecycleForm(
                                syncing.since().toString(),
                                syncing.reason().name(),
                                syncing.lastBefore().map(CheckpointId::toString).orElse(null),
                                null,
                                null,
                                null,
                                null,
                                null);
                    case Lifecycle.Paused paused ->
                        new LifecycleForm(
                                paused.since().toString(), null, null, paused.wasProtected(), null, null, null, null);
                    case Lifecycle.FailingOver failing ->
                        failover(failing.since(), failing.run(), failing.replicating());
                    case Lifecycle.FailedOver failed -> failover(failed.since(), failed.run(), null);
                    case Lifecycle.Removed removed ->
                        new LifecycleForm(
                                removed.since().toString(),
                                null,
                                null,
                                null,
                                removed.removal().code(),
                                form(removed.removal()),
                                null,
                                null);
                });
    }

    static Lifecycle read(String code, String text) {
        LifecycleForm form = StoredJson.read("lifecycle_data", LifecycleForm.class, text);
        return switch (code) {
            case "DRAFT" -> new Lifecycle.Draft();
            case "INITIAL_SYNC" -> new Lifecycle.InitialSync(Instant.parse(form.since()));
            case "PROTECTED" -> new Lifecycle.Protected(Instant.parse(form.since()));
            case "RESYNC" ->
                new Lifecycle.Resync(
                        Instant.parse(form.since()),
                        ResyncReason.valueOf(form.reason()),
                        Optional.ofNullable(form.lastBefore()).map(CheckpointId::parse));
            case "PAUSED" -> new Lifecycle.Paused(Instant.parse(form.since()), form.wasProtected());
            case "FAILING_OVER" ->
                new Lifecycle.FailingOver(Instant.parse(form.since()), RunId.parse(form.run()), form.replicating());
            case "FAILED_OVER" -> new Lifecycle.FailedOver(Instant.parse(form.since()), RunId.parse(form.run()));
            case "REMOVED" -> new Lifecycle.Removed(Instant.parse(form.since()), removal(form));
            default ->
                throw new HoldfastException(
                        CommonError.MALFORMED_DATA,
                        "lifecycle '%s' is not known to this version; a newer one has written it".formatted(code));
        };
    }

    private static LifecycleForm of(Instant since) {
        return new LifecycleForm(since == null ? null : since.toString(), null, null, null, null, null, null, null);
    }

    private static LifecycleForm failover(Instant since, RunId run, Boolean replicating) {
        return new LifecycleForm(since.toString(), null, null, null, null, null, run.toString(), replicating);
    }

    private static RemovalForm form(Removal removal) {
        return switch (removal) {
            case Removal.NothingStored nothing -> null;
            case Removal.JournalKept kept -> null;
            case Removal.AwaitingJournal waiting ->
                new RemovalForm(waiting.since().toString(), null, null, null, null);
            case Removal.Deleting deleting ->
                new RemovalForm(
                        deleting.orderedAt().toString(),
                        deleting.command().toString(),
                        deleting.attempt(),
                        deleting.refusal().map(Removal.Refusal::code).orElse(null),
                        deleting.refusal().map(Removal.Refusal::message).orElse(null));
            case Removal.JournalDeleted done -> new RemovalForm(done.at().toString(), null, null, null, null);
            case Removal.DeletionFailed failed ->
                new RemovalForm(
                        null,
                        null,
                        failed.attempts(),
                        failed.refusal().code(),
                        failed.refusal().message());
        };
    }

    private static Removal removal(LifecycleForm form) {
        RemovalForm data = form.removalData();
        return switch (form.removal()) {
            case "NOTHING_STORED" -> new Removal.NothingStored();
            case "JOURNAL_KEPT" -> new Removal.JournalKept();
            case "AWAITING_JOURNAL" -> new Removal.AwaitingJournal(Instant.parse(data.at()));
            case "DELETING" ->
                new Removal.Deleting(
                        CommandId.parse(data.command()),
                        data.attempts(),
                        Instant.parse(data.at()),
                        Optional.ofNullable(data.refusalCode())
                                .map(code -> new Removal.Refusal(code, data.refusalMessage())));
            case "JOURNAL_DELETED" -> new Removal.JournalDeleted(Instant.parse(data.at()));
            case "DELETION_FAILED" ->
                new Removal.DeletionFailed(
                        data.attempts(), new Removal.Refusal(data.refusalCode(), data.refusalMessage()));
            default ->
                throw new HoldfastException(
                        CommonError.MALFORMED_DATA,
                        "removal '%s' is not known to this version".formatted(form.removal()));
        };
    }
}
