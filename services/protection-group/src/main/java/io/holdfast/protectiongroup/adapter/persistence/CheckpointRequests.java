package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.checkpoint.CheckpointRequest;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Wishes for named checkpoints in the database. */
@ApplicationScoped
public class CheckpointRequests implements PanacheRepositoryBase<CheckpointRequestRow, UUID> {
    private static final String WAITING = "progress in ('REQUESTED', 'CUT')";

    record ProgressForm(String at, Long lsn, String errorCode, String message, Boolean cut) {}

    public Optional<CheckpointRequest> find(CheckpointId id) {
        return Optional.ofNullable(findById(id.value())).map(CheckpointRequests::read);
    }

    public Optional<CheckpointRequest> lock(CheckpointId id) {
        return Optional.ofNullable(findById(id.value(), LockModeType.PESSIMISTIC_WRITE))
                .map(CheckpointRequests::read);
    }

    public Optional<CheckpointRequest> lock(CommandId command) {
        return find("commandId", command.value())
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .firstResultOptional()
                .map(CheckpointRequests::read);
    }

    /** Requests that wait for the router or the journal, oldest first. */
    public List<CheckpointRequest> waiting(int limit) {
        return find(WAITING + " order by requestedAt").page(0, limit).list().stream()
                .map(CheckpointRequests::read)
                .toList();
    }

    public long waiting(PgId group) {
        return count("pgId = ?1 and " + WAITING, group.value());
    }

    /** Newest first, after the row of the given time and id. */
    public List<CheckpointRequest> page(PgId group, Instant before, UUID beforeId, int limit) {
        return find(
                        "pgId = ?1 and (requestedAt < ?2 or requestedAt = ?2 and checkpointId < ?3)"
                                + " order by requestedAt desc, checkpointId desc",
                        group.value(),
                        before,
                        beforeId)
                .page(0, limit)
                .list()
                .stream()
                .map(CheckpointRequests::read)
                .toList();
    }

    public void insert(CheckpointRequest request) {
        CheckpointRequestRow row = new CheckpointRequestRow();
        row.checkpointId = request.checkpoint().value();
        row.pgId = request.group().value();
        row.commandId = request.command().value();
        row.name = request.name();
        row.requestedAt = request.requestedAt();
        row.requestedBy = request.requestedBy();
        row.expiresAt = request.expiresAt();
        write(request.progress(), row);
        persist(row);
    }

    /** Writes a request that this transaction has locked. */
    public void update(CheckpointRequest request) {
        write(request.progress(), findById(request.checkpoint().value()));
    }

    private static void write(CheckpointRequest.Progress progress, CheckpointRequestRow row) {
        row.progress = progress.code();
        row.progressData = StoredJson.write(
                switch (progress) {
                    case CheckpointRequest.Requested requested -> new ProgressForm(null, null, null, null, null);
                    case CheckpointRequest.Cut cut -> new ProgressForm(cut.at().toString(), null, null, null, null);
                    case CheckpointRequest.Listed listed ->
                        new ProgressForm(listed.cutAt().toString(), listed.lsn(), null, null, null);
                    case CheckpointRequest.Failed failed ->
                        new ProgressForm(null, null, failed.errorCode(), failed.message(), null);
                    case CheckpointRequest.TimedOut late -> new ProgressForm(null, null, null, null, late.cut());
                });
    }

    private static CheckpointRequest read(CheckpointRequestRow row) {
        ProgressForm data = StoredJson.read("progress_data", ProgressForm.class, row.progressData);
        CheckpointRequest.Progress progress =
                switch (row.progress) {
                    case "REQUESTED" -> new CheckpointRequest.Requested();
                    case "CUT" -> new CheckpointRequest.Cut(Instant.parse(data.at()));
                    case "LISTED" -> new CheckpointRequest.Listed(Instant.parse(data.at()), data.lsn());
                    case "FAILED" -> new CheckpointRequest.Failed(data.errorCode(), data.message());
                    case "TIMED_OUT" -> new CheckpointRequest.TimedOut(data.cut());
                    default ->
                        throw new HoldfastException(
                                CommonError.MALFORMED_DATA,
                                "checkpoint progress '%s' is not known to this version".formatted(row.progress));
                };
        return new CheckpointRequest(
                new CheckpointId(row.checkpointId),
                new PgId(row.pgId),
                new CommandId(row.commandId),
                row.name,
                row.requestedAt,
                row.requestedBy,
                row.expiresAt,
                progress);
    }
}
