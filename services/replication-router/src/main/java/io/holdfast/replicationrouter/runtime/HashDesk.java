package io.holdfast.replicationrouter.runtime;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Passes an agent's questions about a replica on to the journal-store that has it (docs/sync-states.md, "Comparing"). On the loop a question is only judged; whoever
 * answers does so elsewhere.
 *
 * <p>Bounds: {@value #PER_SESSION} questions of a session and {@value #ALTOGETHER} of all are under way, from the question until its answer is handed to the
 * connection; one more is answered with TOO_MANY_REQUESTS. While a connection takes nothing, answers wait here, and of refusals at most {@value #REFUSALS_WAITING}: the
 * rest is left out, and the agent asks again when its patience is over.
 */
final class HashDesk {
    static final int PER_SESSION = 16;
    static final int ALTOGETHER = 128;
    static final int REFUSALS_WAITING = 64;

    private static final int LEAST_CHUNK_BYTES = 4 << 10;
    private static final int MOST_CHUNK_BYTES = 1 << 20;
    private static final int MOST_CHUNKS = 4096;

    private final RouterContext context;
    /** Where the journals are, as they say themselves. */
    private final Map<PgId, String> journals = new HashMap<>();

    private final Map<AgentSession, Asker> askers = new HashMap<>();
    private int underWay;
    private ReplicaReader reader = ReplicaReader.NONE;

    /** One session's questions. */
    private static final class Asker {
        /** Questions that wait for their answer, or whose answer waits for the connection. */
        int underWay;

        int refusalsWaiting;
        final Deque<Waiting> waiting = new ArrayDeque<>();
    }

    /** A reply that the connection does not take yet. */
    private record Waiting(RouterFrame frame, boolean refusal) {}

    HashDesk(RouterContext context) {
        this.context = context;
    }

    void answeredBy(ReplicaReader replicas) {
        reader = replicas;
    }

    /** The journal of the group is served at this REST address. */
    void journalAt(PgId pg, String restAddress) {
        if (restAddress.isEmpty()) {
            journals.remove(pg);
        } else {
            journals.put(pg, restAddress);
        }
    }

    void policyGone(PgId pg) {
        journals.remove(pg);
    }

    /** @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} */
    void ask(AgentSession session, HashRequest request) {
        PgId pg = PgId.parse(request.getPgId());
        VolumeId volume = VolumeId.parse(request.getRange().getVolumeId());
        Asker asker = askers.computeIfAbsent(session, _ -> new Asker());
        Optional<String> refusal = refusalOf(session, asker, pg, volume, request);
        if (refusal.isPresent()) {
            refuse(session, asker, request.getRequestId(), refusal.get());
            return;
        }
        underWay++;
        asker.underWay++;
        ReplicaReader.Question question = new ReplicaReader.Question(
                pg,
                session.agent(),
                volume,
                request.getEpoch(),
                request.getSeq(),
                request.getRange().getOffsetBytes(),
                request.getRange().getLengthBytes(),
                request.getChunkBytes(),
                ReplicaReader.Question.captureIdOf(request.getCaptureId()));
        reader.read(
                journals.get(pg),
                question,
                answer -> context.loop.execute(() -> answered(session, asker, request.getRequestId(), answer)));
    }

    private Optional<String> refusalOf(
            AgentSession session, Asker asker, PgId pg, VolumeId volume, HashRequest request) {
        Optional<GroupPolicy> policy = context.policies.of(pg).filter(known -> known.assignedTo(session.agent()));
        if (policy.isEmpty()
                || !policy.get().volumesByAgent().get(session.agent()).contains(volume)) {
            return Optional.of("NO_SUCH_VOLUME");
        }
        if (!canBeAnswered(request)) {
            return Optional.of("INVALID_RANGE");
        }
        if (!journals.containsKey(pg)) {
            return Optional.of("JOURNAL_UNAVAILABLE");
        }
        return underWay >= ALTOGETHER || asker.underWay >= PER_SESSION
                ? Optional.of("TOO_MANY_REQUESTS")
                : Optional.empty();
    }

    /** What no journal would answer is not carried there. The volume's size is the journal's to judge. */
    private static boolean canBeAnswered(HashRequest request) {
        int chunk = request.getChunkBytes();
        long offset = request.getRange().getOffsetBytes();
        long length = request.getRange().getLengthBytes();
        return request.getEpoch() > 0
                && request.getSeq() > 0
                && Integer.bitCount(chunk) == 1
                && chunk >= LEAST_CHUNK_BYTES
                && chunk <= MOST_CHUNK_BYTES
                && offset >= 0
                && offset % chunk == 0
                && length > 0
                && length <= (long) MOST_CHUNKS * chunk;
    }

    private void answered(AgentSession session, Asker asker, long request, ReplicaReader.Answer answer) {
        if (askers.get(session) != asker) {
            // The session ended meanwhile.
            underWay--;
            return;
        }
        count(answer.errorCode());
        RouterFrame frame = reply(request, answer);
        if (asker.waiting.isEmpty() && session.connection().ready()) {
            session.send(frame, context.clock.nanos());
            free(asker);
        } else {
            asker.waiting.add(new Waiting(frame, false));
        }
    }

    private void refuse(AgentSession session, Asker asker, long request, String code) {
        count(code);
        RouterFrame frame = reply(request, ReplicaReader.Answer.refused(code));
        if (asker.waiting.isEmpty() && session.connection().ready()) {
            session.send(frame, context.clock.nanos());
        } else if (asker.refusalsWaiting < REFUSALS_WAITING) {
            asker.refusalsWaiting++;
            asker.waiting.add(new Waiting(frame, true));
        }
    }

    private void free(Asker asker) {
        underWay--;
        asker.underWay--;
    }

    /** The agent takes frames again. */
    void writable(AgentSession session) {
        Asker asker = askers.get(session);
        while (asker != null && !asker.waiting.isEmpty() && session.connection().ready()) {
            Waiting next = asker.waiting.remove();
            session.send(next.frame(), context.clock.nanos());
            if (next.refusal()) {
                asker.refusalsWaiting--;
            } else {
                free(asker);
            }
        }
    }

    /** What waits for the session's connection is forgotten; what is asked of journals stays counted until it is answered. */
    void sessionLost(AgentSession session) {
        Asker asker = askers.remove(session);
        if (asker != null) {
            underWay -= asker.waiting.size() - asker.refusalsWaiting;
        }
    }

    private void count(String errorCode) {
        context.meters.hashesAnswered(errorCode.isEmpty() ? "OK" : errorCode);
    }

    private static RouterFrame reply(long request, ReplicaReader.Answer answer) {
        return RouterFrame.newBuilder()
                .setHashReply(HashReply.newBuilder()
                        .setRequestId(request)
                        .setErrorCode(answer.errorCode())
                        .setHashes(ByteString.copyFrom(answer.hashes())))
                .build();
    }
}
