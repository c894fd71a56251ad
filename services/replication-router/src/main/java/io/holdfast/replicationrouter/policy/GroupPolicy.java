package io.holdfast.replicationrouter.policy;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.TransferRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One revision of a group's policy, as far as the router needs it.
 *
 * @param partition of topic {@code changes}; fixed for the life of the group
 * @param volumesByAgent the group's volumes on each agent's host; an agent with no volume does not stand here
 * @param checkpointInterval from one order to cut to the next, 1 s to 60 s
 * @param appCheckpointInterval from one APP checkpoint of the timer to the next, 1 min to 24 h; zero = none
 * @param owners of the members whose ownership ever moved, in every mode
 */
public record GroupPolicy(
        PgId pg,
        long revision,
        Mode mode,
        int partition,
        Map<AgentId, List<VolumeId>> volumesByAgent,
        Duration checkpointInterval,
        Duration appCheckpointInterval,
        CodecLimit codec,
        TransferRules transfer,
        List<VmOwner> owners) {

    /** What the agents of the group do. */
    public enum Mode {
        REPLICATE,
        /** Capture goes on as dirty regions; nothing is sent and no checkpoint is cut. */
        PAUSED,
        /** Protection has ended: no agent has the group assigned any more. */
        REMOVED
    }

    /** Largest codec effort that agents may use. */
    public enum CodecLimit {
        NONE,
        LZ4,
        ZSTD
    }

    public GroupPolicy {
        Map<AgentId, List<VolumeId>> copy = new LinkedHashMap<>();
        volumesByAgent.forEach((agent, volumes) -> {
            if (!volumes.isEmpty()) {
                copy.put(agent, List.copyOf(volumes));
            }
        });
        volumesByAgent = Collections.unmodifiableMap(copy);
        owners = List.copyOf(owners);
    }

    /** A group none of whose machines ever moved. */
    public GroupPolicy(
            PgId pg,
            long revision,
            Mode mode,
            int partition,
            Map<AgentId, List<VolumeId>> volumesByAgent,
            Duration checkpointInterval,
            Duration appCheckpointInterval,
            CodecLimit codec,
            TransferRules transfer) {
        this(
                pg,
                revision,
                mode,
                partition,
                volumesByAgent,
                checkpointInterval,
                appCheckpointInterval,
                codec,
                transfer,
                List.of());
    }

    public GroupPolicy withOwners(List<VmOwner> known) {
        return new GroupPolicy(
                pg,
                revision,
                mode,
                partition,
                volumesByAgent,
                checkpointInterval,
                appCheckpointInterval,
                codec,
                transfer,
                known);
    }

    /** Whether agents have the group assigned: it is not removed. */
    public boolean assigned() {
        return mode != Mode.REMOVED;
    }

    /** Whether the agent has volumes of the group and the group is not removed. */
    public boolean assignedTo(AgentId agent) {
        return assigned() && volumesByAgent.containsKey(agent);
    }

    /** The streams that the group's merged order is made of; empty when the group is removed. */
    public Set<StreamId> streams() {
        if (!assigned()) {
            return Set.of();
        }
        Set<StreamId> streams = HashSet.newHashSet(volumesByAgent.size());
        volumesByAgent.keySet().forEach(agent -> streams.add(new StreamId(agent, pg)));
        return Collections.unmodifiableSet(streams);
    }

    public List<VolumeId> allVolumes() {
        List<VolumeId> all = new ArrayList<>();
        volumesByAgent.values().forEach(all::addAll);
        return all;
    }
}
