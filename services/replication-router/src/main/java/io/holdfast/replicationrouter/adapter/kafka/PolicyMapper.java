package io.holdfast.replicationrouter.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.Policy;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a {@link Policy} message. */
final class PolicyMapper {
    private static final int MIN_INTERVAL_MS = 1_000;
    private static final int MAX_INTERVAL_MS = 60_000;

    private PolicyMapper() {}

    /** @throws HoldfastException {@code INVALID_ID} or {@code INVALID_REQUEST} naming the bad field */
    static GroupPolicy read(Policy policy) {
        PgId pg = PgId.parse(policy.getPgId());
        Map<AgentId, List<VolumeId>> volumes = new LinkedHashMap<>();
        for (Member member : policy.getMembersList()) {
            List<VolumeId> ofAgent =
                    volumes.computeIfAbsent(AgentId.parse(member.getAgentId()), any -> new ArrayList<>());
            member.getVolumesList().forEach(volume -> ofAgent.add(VolumeId.parse(volume.getVolumeId())));
        }
        if (policy.getPartition() < 0) {
            throw invalid(pg, "partition " + Integer.toUnsignedString(policy.getPartition()));
        }
        GroupPolicy.Mode mode =
                switch (policy.getState()) {
                    case REPLICATE -> GroupPolicy.Mode.REPLICATE;
                    case PAUSED -> GroupPolicy.Mode.PAUSED;
                    case REMOVED -> GroupPolicy.Mode.REMOVED;
                    case POLICY_STATE_UNSPECIFIED, UNRECOGNIZED -> throw invalid(pg, "state " + policy.getState());
                };
        if (mode != GroupPolicy.Mode.REMOVED
                && (policy.getCheckpointIntervalMs() < MIN_INTERVAL_MS
                        || policy.getCheckpointIntervalMs() > MAX_INTERVAL_MS)) {
            throw invalid(
                    pg,
                    "checkpoint interval %s ms, allowed are %d to %d"
                            .formatted(
                                    Integer.toUnsignedString(policy.getCheckpointIntervalMs()),
                                    MIN_INTERVAL_MS,
                                    MAX_INTERVAL_MS));
        }
        return new GroupPolicy(
                pg,
                policy.getRevision(),
                mode,
                policy.getPartition(),
                volumes,
                Duration.ofMillis(policy.getCheckpointIntervalMs()),
                switch (policy.getCodec()) {
                    case NONE -> GroupPolicy.CodecLimit.NONE;
                    case LZ4 -> GroupPolicy.CodecLimit.LZ4;
                    // A policy without a limit allows everything.
                    case ZSTD, CODEC_UNSPECIFIED -> GroupPolicy.CodecLimit.ZSTD;
                    case UNRECOGNIZED -> throw invalid(pg, "codec " + policy.getCodecValue());
                });
    }

    private static HoldfastException invalid(PgId pg, String what) {
        return new HoldfastException(CommonError.INVALID_REQUEST, "policy of group %s: %s".formatted(pg, what));
    }
}
