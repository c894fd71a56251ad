package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ResendRange;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells agents which ranges a journal needs again: each once, and again when the journal still names it a minute later. A journal names a range until it
 * came, so what is lost with a session or with this router is told again.
 */
final class ResendDesk {
    private static final Duration AGAIN = Duration.ofMinutes(1);
    /** Limit of the contract for one frame. */
    private static final int RANGES_PER_FRAME = 1024;
    /** What is remembered of one group; beyond, ranges wait until others have come. */
    private static final int RANGES_PER_GROUP = 8 * RANGES_PER_FRAME;

    private final RouterContext context;
    private final Map<PgId, Map<VolumeRange, Long>> toldAtNanos = new HashMap<>();

    ResendDesk(RouterContext context) {
        this.context = context;
    }

    /** All that the group's journal needs again now. */
    void needed(GroupPolicy policy, List<VolumeRange> ranges) {
        Map<VolumeRange, Long> told = toldAtNanos.computeIfAbsent(policy.pg(), _ -> new HashMap<>());
        told.keySet().retainAll(new HashSet<>(ranges));
        if (ranges.isEmpty()) {
            toldAtNanos.remove(policy.pg());
            return;
        }
        Map<AgentSession, List<VolumeRange>> due = new HashMap<>();
        for (VolumeRange range : ranges) {
            Long at = told.get(range);
            boolean isDue = at == null || now() - at >= AGAIN.toNanos();
            Optional<AgentSession> session = isDue ? sessionOf(policy, range) : Optional.empty();
            if (session.isPresent() && (at != null || told.size() < RANGES_PER_GROUP)) {
                told.put(range, now());
                due.computeIfAbsent(session.get(), _ -> new ArrayList<>()).add(range);
            }
        }
        due.forEach((session, all) -> tell(session, policy.pg(), all));
    }

    void policyGone(PgId pg) {
        toldAtNanos.remove(pg);
    }

    private Optional<AgentSession> sessionOf(GroupPolicy policy, VolumeRange range) {
        VolumeId volume = VolumeId.parse(range.getVolumeId());
        for (Map.Entry<AgentId, List<VolumeId>> agent : policy.volumesByAgent().entrySet()) {
            if (agent.getValue().contains(volume)) {
                return context.liveSession(agent.getKey());
            }
        }
        return Optional.empty();
    }

    private void tell(AgentSession session, PgId pg, List<VolumeRange> ranges) {
        for (int from = 0; from < ranges.size(); from += RANGES_PER_FRAME) {
            session.send(
                    RouterFrame.newBuilder()
                            .setResend(ResendRange.newBuilder()
                                    .setPgId(pg.toString())
                                    .setReason("SCRUB_FOUND_DAMAGE")
                                    .addAllRanges(
                                            ranges.subList(from, Math.min(ranges.size(), from + RANGES_PER_FRAME))))
                            .build(),
                    now());
        }
        context.meters.rangesResent(ranges.size());
    }

    private long now() {
        return context.clock.nanos();
    }
}
