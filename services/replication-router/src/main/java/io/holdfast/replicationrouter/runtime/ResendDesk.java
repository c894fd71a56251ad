package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.error.HoldfastException;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Tells agents which ranges a journal needs again: each once, and again when the journal still names it a minute later. A journal names a range until it
 * came, so what is lost with a session or with this router is told again.
 *
 * <p>What is no range is left out, counted and logged; the others of the same message are told. Nothing that a message holds makes a method throw.
 */
final class ResendDesk {
    /** Limit of the contract for one frame. */
    static final int RANGES_PER_FRAME = 1024;
    /** What is remembered of one group; beyond, ranges wait until others have come. */
    static final int RANGES_PER_GROUP = 8 * RANGES_PER_FRAME;

    static final Duration AGAIN = Duration.ofMinutes(1);

    private static final Logger LOG = Logger.getLogger(ResendDesk.class);

    private final RouterContext context;
    private final Map<PgId, Needs> groups = new HashMap<>();

    /** What one group's journal needs. */
    private static final class Needs {
        final Map<Range, Long> toldAtNanos = new HashMap<>();
        /** A journal repeats what it needs every few seconds; what is wrong with it is said once. */
        Optional<String> complaint = Optional.empty();
    }

    private record Range(VolumeId volume, long offset, long length) {
        /** @throws HoldfastException {@code INVALID_ID} */
        static Optional<Range> of(VolumeRange message) {
            VolumeId volume = VolumeId.parse(message.getVolumeId());
            long offset = message.getOffsetBytes();
            long length = message.getLengthBytes();
            return offset >= 0 && length > 0 && offset <= Long.MAX_VALUE - length
                    ? Optional.of(new Range(volume, offset, length))
                    : Optional.empty();
        }

        VolumeRange message() {
            return VolumeRange.newBuilder()
                    .setVolumeId(volume.toString())
                    .setOffsetBytes(offset)
                    .setLengthBytes(length)
                    .build();
        }
    }

    ResendDesk(RouterContext context) {
        this.context = context;
    }

    /** All that the group's journal needs again now. */
    void needed(GroupPolicy policy, List<VolumeRange> messages) {
        if (messages.isEmpty()) {
            groups.remove(policy.pg());
            return;
        }
        Needs needs = groups.computeIfAbsent(policy.pg(), _ -> new Needs());
        Set<Range> ranges = read(policy.pg(), needs, messages);
        needs.toldAtNanos.keySet().retainAll(ranges);
        Map<AgentSession, List<VolumeRange>> due = new HashMap<>();
        for (Range range : ranges) {
            Long at = needs.toldAtNanos.get(range);
            boolean isDue = at == null
                    ? needs.toldAtNanos.size() < RANGES_PER_GROUP
                    : context.clock.nanos() - at >= AGAIN.toNanos();
            if (isDue) {
                sessionOf(policy, range.volume()).ifPresent(session -> {
                    needs.toldAtNanos.put(range, context.clock.nanos());
                    due.computeIfAbsent(session, _ -> new ArrayList<>()).add(range.message());
                });
            }
        }
        due.forEach((session, all) -> tell(session, policy.pg(), all));
    }

    private Set<Range> read(PgId pg, Needs needs, List<VolumeRange> messages) {
        Set<Range> ranges = new LinkedHashSet<>();
        Optional<String> complaint = Optional.empty();
        for (VolumeRange message : messages) {
            String code = "INVALID_RANGE";
            Optional<Range> range = Optional.empty();
            try {
                range = Range.of(message);
            } catch (HoldfastException malformed) {
                code = malformed.code().name();
            }
            if (range.isPresent()) {
                ranges.add(range.get());
            } else {
                context.meters.resendRefused(code);
                complaint = Optional.of(code);
            }
        }
        if (complaint.isPresent() && !complaint.equals(needs.complaint)) {
            LOG.warnf("The journal of group %s needs something again that is no range: %s", pg, complaint.get());
        }
        needs.complaint = complaint;
        return ranges;
    }

    void policyGone(PgId pg) {
        groups.remove(pg);
    }

    /** Who has the volume, if it takes frames now; the journal's next word is soon enough otherwise. */
    private Optional<AgentSession> sessionOf(GroupPolicy policy, VolumeId volume) {
        for (Map.Entry<AgentId, List<VolumeId>> agent : policy.volumesByAgent().entrySet()) {
            if (agent.getValue().contains(volume)) {
                return context.liveSession(agent.getKey())
                        .filter(session -> session.connection().ready());
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
                    context.clock.nanos());
        }
        context.meters.rangesResent(ranges.size());
    }
}
