package io.holdfast.recoveryplan.adapter.journal;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.adapter.http.ServiceHttp;
import io.holdfast.recoveryplan.execution.RecoveryJournals;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.NewestKnown;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.RunError;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The journals of the recovery site over the journal-store's REST interface (docs/rest-api.md). Thread-safe. */
public final class JournalStoreClient implements RecoveryJournals, AutoCloseable {
    /** With these codes the journal-store itself says that the session is not there. */
    private static final Set<String> SESSION_IS_GONE = Set.of("SESSION_NOT_FOUND", "JOURNAL_NOT_FOUND");

    /** Of checkpoints that are looked through for a mark: a day at one a second. */
    private static final int MAX_PAGES = 87;

    private final ServiceHttp http;

    /**
     * @param base address of the journal-store or of the site, without {@code /api}
     * @param authorization value of the header Authorization
     * @param attempts how often a request without an answer is sent in one call; 1 or more
     */
    public JournalStoreClient(
            URI base, Supplier<String> authorization, Duration connectTimeout, Duration requestTimeout, int attempts) {
        this.http = new ServiceHttp(
                "journal-store", base, authorization, new ServiceHttp.Limits(connectTimeout, requestTimeout, attempts));
    }

    @Override
    public ChosenCheckpoint choose(PgId pgId, RecoveryPoint point) {
        return switch (point) {
            case RecoveryPoint.Latest _ ->
                newest(pgId).orElseThrow(() -> notFound(pgId, "the journal of %s lists no checkpoint".formatted(pgId)));
            case RecoveryPoint.AtTime at ->
                atOrBefore(pgId, at.time())
                        .orElseThrow(() -> notFound(
                                pgId,
                                "the journal of %s lists no checkpoint cut at %s or before"
                                        .formatted(pgId, at.time())));
            case RecoveryPoint.LatestApp _ ->
                page(pgId, "?limit=1&kind=APP").stream()
                        .findFirst()
                        .orElseThrow(() ->
                                notFound(pgId, "the journal of %s lists no checkpoint of kind APP".formatted(pgId)));
            case RecoveryPoint.LatestVerified _ -> verified(pgId);
            case RecoveryPoint.AtCheckpoint at ->
                chosen(http.get(checkpoints(pgId) + "/" + at.id(), JournalReplies.Checkpoint.class));
        };
    }

    /** The newest checkpoint of a journal; empty if it lists none. Errors as {@link RecoveryJournals}. */
    public Optional<ChosenCheckpoint> newest(PgId pgId) {
        return page(pgId, "?limit=1").stream().findFirst();
    }

    /** The branch that the last commit has left and nobody has given up: the next commit is refused while it is there. Errors as {@link RecoveryJournals}. */
    public Optional<String> branchOfLastCommit(PgId pgId) {
        JournalReplies.BranchPage page =
                http.get("api/v1/journals/" + pgId + "/branches", JournalReplies.BranchPage.class);
        return required(page.items(), "items").stream()
                .filter(branch -> "COMMIT".equals(branch.kind()))
                .map(JournalReplies.Branch::name)
                .findFirst();
    }

    private Optional<ChosenCheckpoint> atOrBefore(PgId pgId, Instant time) {
        // One microsecond later and filtered here, so that it does not matter whether the bound is part of the range.
        String before = URLEncoder.encode(time.plusNanos(1000).toString(), StandardCharsets.UTF_8);
        return page(pgId, "?limit=2&before=" + before).stream()
                .filter(checkpoint -> !checkpoint.cutAt().isAfter(time))
                .findFirst();
    }

    /** The journal lists newest first; one that is both was sound once and is doubted now. */
    private ChosenCheckpoint verified(PgId pgId) {
        String cursor = "";
        for (int page = 0; page < MAX_PAGES; page++) {
            JournalReplies.CheckpointPage found =
                    http.get(checkpoints(pgId) + "?limit=1000" + cursor, JournalReplies.CheckpointPage.class);
            Optional<ChosenCheckpoint> verified = required(found.items(), "items").stream()
                    .filter(checkpoint -> checkpoint.marks() != null
                            && checkpoint.marks().contains(CheckpointMark.Kind.VERIFIED.name())
                            && !checkpoint.marks().contains(CheckpointMark.Kind.SUSPECT.name()))
                    .map(JournalStoreClient::chosen)
                    .findFirst();
            if (verified.isPresent()) {
                return verified.get();
            }
            if (found.nextCursor() == null) {
                throw notFound(pgId, "the journal of %s lists no checkpoint that is VERIFIED".formatted(pgId));
            }
            cursor = "&cursor=" + URLEncoder.encode(found.nextCursor(), StandardCharsets.UTF_8);
        }
        throw notFound(pgId, "none of the newest %d checkpoints of %s is VERIFIED".formatted(MAX_PAGES * 1000, pgId));
    }

    private List<ChosenCheckpoint> page(PgId pgId, String query) {
        JournalReplies.CheckpointPage page = http.get(checkpoints(pgId) + query, JournalReplies.CheckpointPage.class);
        return required(page.items(), "items").stream()
                .map(JournalStoreClient::chosen)
                .toList();
    }

    private static String checkpoints(PgId pgId) {
        return "api/v1/journals/" + pgId + "/checkpoints";
    }

    private static ChosenCheckpoint chosen(JournalReplies.Checkpoint reply) {
        return new ChosenCheckpoint(
                CheckpointId.parse(required(reply.id(), "id")),
                required(reply.kind(), "kind"),
                Lsn.of(required(reply.lsn(), "lsn")),
                required(reply.cutAt(), "cutAt"),
                Optional.ofNullable(reply.digest()).filter(digest -> !digest.isEmpty() && digest.length() <= 128));
    }

    @Override
    public OpenSession open(PgId pgId, CheckpointId checkpointId, Optional<Part.Served> only, String idempotencyKey) {
        JournalReplies.Session reply = posted(pgId, request(checkpointId, only), idempotencyKey);
        return new OpenSession(
                SessionId.parse(required(reply.id(), "id")),
                required(reply.exports(), "exports").stream()
                        .map(export -> new OpenSession.Export(
                                required(export.volumeId(), "volumeId"),
                                export.name() == null ? "" : export.name(),
                                export.vmId(),
                                required(export.sizeBytes(), "sizeBytes"),
                                required(export.nbdAddress(), "nbdAddress"),
                                required(export.nbdExport(), "nbdExport")))
                        .toList());
    }

    private static Map<String, Object> request(CheckpointId checkpoint, Optional<Part.Served> only) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("checkpointId", checkpoint.toString());
        only.ifPresent(served -> {
            request.put("vmIds", texts(served.vms()));
            request.put("volumeIds", texts(served.volumes()));
        });
        return request;
    }

    /** In one order: a request that is sent again has to be the same. */
    private static List<String> texts(Set<?> ids) {
        return ids.stream().map(Object::toString).sorted().toList();
    }

    private JournalReplies.Session posted(PgId pgId, Map<String, Object> request, String idempotencyKey) {
        try {
            return http.post(sessions(pgId), idempotencyKey, request, JournalReplies.Session.class);
        } catch (HoldfastException refused) {
            if (refused.code().name().equals("VOLUME_NOT_FOUND")) {
                throw new HoldfastException(RunError.PART_NOT_IN_CHECKPOINT, refused.getMessage(), refused);
            }
            throw refused;
        }
    }

    @Override
    public Optional<NewestKnown> newestKnown(PgId pgId) {
        return newest(pgId)
                .map(checkpoint -> new NewestKnown(
                        checkpoint,
                        Optional.ofNullable(http.get("api/v1/journals/" + pgId, JournalReplies.Journal.class)
                                        .headLsn())
                                .map(Lsn::of)));
    }

    @Override
    public List<KnownMachine> machines(PgId pgId, CheckpointId checkpointId) {
        return CheckpointMachines.of(http.get(checkpoints(pgId) + "/" + checkpointId, JournalReplies.Checkpoint.class));
    }

    @Override
    public boolean mark(PgId pgId, CheckpointId checkpointId, CheckpointMark mark) {
        try {
            http.put(
                    checkpoints(pgId) + "/" + checkpointId + "/marks/" + mark.kind(),
                    Map.of("evidence", mark.evidence()));
            return true;
        } catch (HoldfastException refused) {
            if (refused.code().blame() == Blame.NOT_FOUND) {
                return false;
            }
            throw refused;
        }
    }

    @Override
    public CommitSeen commit(PgId pgId, SessionId sessionId, String idempotencyKey) {
        JournalReplies.Session reply = http.post(
                sessions(pgId) + "/" + sessionId + "/commit", idempotencyKey, Map.of(), JournalReplies.Session.class);
        JournalReplies.Commit commit = required(reply.commit(), "commit");
        return new CommitSeen(
                required(commit.isFinal(), "commit.isFinal"),
                commit.branch() == null ? "" : commit.branch(),
                commit.problem() == null ? "" : commit.problem());
    }

    @Override
    public void close(PgId pgId, SessionId sessionId) {
        try {
            http.delete(sessions(pgId) + "/" + sessionId);
        } catch (HoldfastException refused) {
            if (!SESSION_IS_GONE.contains(refused.code().name())) {
                throw refused;
            }
        }
    }

    private static String sessions(PgId pgId) {
        return "api/v1/journals/" + pgId + "/sessions";
    }

    private static <T> T required(T value, String field) {
        if (value == null) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA, "the journal-store's reply has no '%s'".formatted(field));
        }
        return value;
    }

    private static HoldfastException notFound(PgId pgId, String message) {
        return new HoldfastException(RunError.CHECKPOINT_NOT_FOUND, message, Map.of("pgId", pgId.toString()));
    }

    @Override
    public void close() {
        http.close();
    }
}
