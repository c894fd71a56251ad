package io.holdfast.journalstore.adapter.kafka;

import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.ProtectedVolume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** From the topic's policy to what the journal needs of it. */
public final class PolicyMapper {
    private PolicyMapper() {}

    /** @throws RuntimeException {@code HoldfastException} or {@code IllegalArgumentException} for what no journal can follow */
    public static JournalPolicy map(Policy policy) {
        List<JournalPolicy.Volume> volumes = new ArrayList<>();
        Set<VolumeId> seen = new HashSet<>();
        for (Member member : policy.getMembersList()) {
            for (ProtectedVolume volume : member.getVolumesList()) {
                VolumeId id = VolumeId.parse(volume.getVolumeId());
                if (!seen.add(id)) {
                    throw new IllegalArgumentException(
                            "volume %s stands twice in the policy of group %s".formatted(id, policy.getPgId()));
                }
                if (volume.getSizeBytes() <= 0 || volume.getSizeBytes() % 4096 != 0) {
                    throw new IllegalArgumentException("volume %s has %d bytes; whole blocks of 4096 bytes are needed"
                            .formatted(id, volume.getSizeBytes()));
                }
                volumes.add(new JournalPolicy.Volume(
                        id,
                        volume.getName(),
                        VmId.parse(member.getVmId()),
                        member.getVmName(),
                        AgentId.parse(member.getAgentId()),
                        volume.getSizeBytes()));
            }
        }
        return new JournalPolicy(
                PgId.parse(policy.getPgId()),
                policy.getRevision(),
                policy.getName(),
                state(policy),
                policy.getPartition(),
                volumes,
                Duration.ofMillis(policy.getHistoryWindowMs()),
                policy.getJournalLimitBytes());
    }

    private static JournalPolicy.State state(Policy policy) {
        return switch (policy.getState()) {
            case REPLICATE -> JournalPolicy.State.REPLICATE;
            case PAUSED ->
                policy.getMembersList().stream()
                                .anyMatch(member -> member.getOwnership().getRecovered())
                        ? JournalPolicy.State.FAILED_OVER
                        : JournalPolicy.State.PAUSED;
            case REMOVED -> JournalPolicy.State.REMOVED;
            case POLICY_STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException(
                        "the policy of group %s has no known state".formatted(policy.getPgId()));
        };
    }
}
