package io.holdfast.replicationrouter.adapter.kafka;

import io.holdfast.changestream.TransferForm;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Policy;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.VmOwner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a {@link Policy} message. */
public final class PolicyMapper {
    private static final int MIN_INTERVAL_MS = 1_000;
    private static final int MAX_INTERVAL_MS = 60_000;
    private static final int MIN_APP_INTERVAL_MS = 60_000;
    private static final int MAX_APP_INTERVAL_MS = 86_400_000;

    private PolicyMapper() {}

    /** @throws HoldfastException {@code INVALID_ID} or {@code INVALID_REQUEST} naming the bad field */
    public static GroupPolicy read(Policy policy) {
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
        int appMillis = policy.getAppCheckpointIntervalMs();
        if (appMillis != 0 && (appMillis < MIN_APP_INTERVAL_MS || appMillis > MAX_APP_INTERVAL_MS)) {
            throw invalid(
                    pg,
                    "APP checkpoint interval %s ms, allowed are 0 and %d to %d"
                            .formatted(Integer.toUnsignedString(appMillis), MIN_APP_INTERVAL_MS, MAX_APP_INTERVAL_MS));
        }
        return new GroupPolicy(
                pg,
                policy.getRevision(),
                mode,
                policy.getPartition(),
                volumes,
                Duration.ofMillis(policy.getCheckpointIntervalMs()),
                Duration.ofMillis(appMillis),
                switch (policy.getCodec()) {
                    case NONE -> GroupPolicy.CodecLimit.NONE;
                    case LZ4 -> GroupPolicy.CodecLimit.LZ4;
                    // A policy without a limit allows everything.
                    case ZSTD, CODEC_UNSPECIFIED -> GroupPolicy.CodecLimit.ZSTD;
                    case UNRECOGNIZED -> throw invalid(pg, "codec " + policy.getCodecValue());
                },
                transfer(pg, policy),
                owners(pg, policy));
    }

    private static List<VmOwner> owners(PgId pg, Policy policy) {
        List<VmOwner> owners = new ArrayList<>();
        for (Member member : policy.getMembersList()) {
            Ownership ownership = member.getOwnership();
            if (ownership.getEpoch() < 0) {
                throw invalid(pg, "an ownership's epoch is over 2^63");
            }
            if (ownership.getEpoch() > 0) {
                owners.add(new VmOwner(
                        AgentId.parse(member.getAgentId()),
                        VmId.parse(member.getVmId()),
                        ownership.getEpoch(),
                        ownership.getRecovered(),
                        ownership.getOwner(),
                        ownership.getSinceMicros(),
                        ownership.getRunId()));
            }
        }
        return owners;
    }

    private static TransferRules transfer(PgId pg, Policy policy) {
        try {
            return TransferForm.read(policy.getPriority(), policy.getRate(), policy.getSync());
        } catch (IllegalArgumentException malformed) {
            throw invalid(pg, "priority, rate or sync rules: " + malformed.getMessage());
        }
    }

    private static HoldfastException invalid(PgId pg, String what) {
        return new HoldfastException(CommonError.INVALID_REQUEST, "policy of group %s: %s".formatted(pg, what));
    }
}
