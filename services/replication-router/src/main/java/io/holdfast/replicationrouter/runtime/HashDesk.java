package io.holdfast.replicationrouter.runtime;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Passes an agent's questions about a replica on to the journal-store that has it (docs/sync-states.md, "Comparing"). On the loop a question is only judged; whoever
 * answers does so elsewhere.
 *
 * <p>Bounds: {@value #PER_SESSION} questions of a session and {@value #ALTOGETHER} of all are under way; one more is answered with TOO_MANY_REQUESTS.
 */
final class HashDesk {
    private static final int PER_SESSION = 16;
    private static final int ALTOGETHER = 128;

    private final RouterContext context;
    /** Where the journals are, as they say themselves. */
    private final Map<PgId, String> journals = new HashMap<>();

    private final Map<AgentSession, Integer> underWay = new HashMap<>();
    private int underWayAltogether;
    private ReplicaReader reader = ReplicaReader.NONE;

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
        Optional<GroupPolicy> policy = context.policies.of(pg).filter(known -> known.assignedTo(session.agent()));
        boolean named = policy.isPresent()
                && policy.get().volumesByAgent().get(session.agent()).contains(volume);
        String address = journals.get(pg);
        if (!named) {
            reply(session, request.getRequestId(), ReplicaReader.Answer.refused("NO_SUCH_VOLUME"));
        } else if (address == null) {
            reply(session, request.getRequestId(), ReplicaReader.Answer.refused("JOURNAL_UNAVAILABLE"));
        } else if (underWayAltogether >= ALTOGETHER || underWay.getOrDefault(session, 0) >= PER_SESSION) {
            reply(session, request.getRequestId(), ReplicaReader.Answer.refused("TOO_MANY_REQUESTS"));
        } else {
            underWayAltogether++;
            underWay.merge(session, 1, Integer::sum);
            ReplicaReader.Question question = new ReplicaReader.Question(
                    pg,
                    session.agent(),
                    volume,
                    request.getEpoch(),
                    request.getSeq(),
                    request.getRange().getOffsetBytes(),
                    request.getRange().getLengthBytes(),
                    request.getChunkBytes());
            reader.read(
                    address,
                    question,
                    answer -> context.loop.execute(() -> answered(session, request.getRequestId(), answer)));
        }
    }

    private void answered(AgentSession session, long request, ReplicaReader.Answer answer) {
        underWayAltogether--;
        underWay.computeIfPresent(session, (_, count) -> count > 1 ? count - 1 : null);
        reply(session, request, answer);
    }

    private void reply(AgentSession session, long request, ReplicaReader.Answer answer) {
        context.meters.hashesAnswered(answer.errorCode().isEmpty() ? "OK" : answer.errorCode());
        if (!session.live()) {
            return;
        }
        session.send(
                RouterFrame.newBuilder()
                        .setHashReply(HashReply.newBuilder()
                                .setRequestId(request)
                                .setErrorCode(answer.errorCode())
                                .setHashes(ByteString.copyFrom(answer.hashes())))
                        .build(),
                context.clock.nanos());
    }
}
