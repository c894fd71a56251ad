package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.UnsentRanges;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.replicationagent.hosting.UnsentWrites;
import io.holdfast.replicationagent.ownership.FenceState;
import io.holdfast.replicationagent.ownership.Ownership;
import io.holdfast.replicationagent.ownership.Ownerships;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Between ownerships and their messages. Stateless. */
final class OwnershipFrames {
    private OwnershipFrames() {}

    /**
     * @throws IllegalArgumentException for more machines than a host has, one named twice, or a malformed ownership
     * @throws HoldfastException {@code INVALID_ID}
     */
    static Map<VmId, Ownership> read(io.holdfast.proto.v1.Ownerships frame) {
        if (frame.getVmsCount() > Ownerships.MAX_VMS) {
            throw new IllegalArgumentException("ownerships of " + frame.getVmsCount() + " machines");
        }
        Map<VmId, Ownership> all = new LinkedHashMap<>();
        for (VmOwnership one : frame.getVmsList()) {
            VmId vm = VmId.parse(one.getVmId());
            if (all.put(vm, ownership(one.getOwnership())) != null) {
                throw new IllegalArgumentException("machine " + vm + " twice");
            }
        }
        return all;
    }

    private static Ownership ownership(io.holdfast.proto.v1.Ownership told) {
        String run = told.getRunId();
        return new Ownership(
                told.getEpoch(),
                told.getRecovered(),
                told.getOwner(),
                told.getSinceMicros(),
                run.isEmpty() ? run : RunId.parse(run).toString());
    }

    /** @param unsent of machines that are fenced: what is known of their volumes */
    static AgentFrame report(Map<VmId, FenceState> states, Map<VmId, Map<VolumeId, List<UnsentWrites.Range>>> unsent) {
        OwnershipReport.Builder report = OwnershipReport.newBuilder();
        states.forEach((vm, state) -> {
            VmFence.Builder fence = fence(vm, state);
            if (state instanceof FenceState.Fenced) {
                unsent.getOrDefault(vm, Map.of()).forEach((volume, ranges) -> fence.addUnsent(wire(volume, ranges)));
            }
            report.addVms(fence);
        });
        return AgentFrame.newBuilder().setOwnership(report).build();
    }

    private static UnsentRanges wire(VolumeId volume, List<UnsentWrites.Range> ranges) {
        UnsentRanges.Builder unsent = UnsentRanges.newBuilder().setVolumeId(volume.toString());
        ranges.forEach(range -> unsent.addRanges(
                VolumeRange.newBuilder().setOffsetBytes(range.offset()).setLengthBytes(range.length())));
        return unsent.build();
    }

    private static VmFence.Builder fence(VmId vm, FenceState state) {
        VmFence.Builder fence = VmFence.newBuilder()
                .setVmId(vm.toString())
                .setEpoch(state.epoch())
                .setSinceMicros(state.sinceMicros());
        switch (state) {
            case FenceState.Served _ -> fence.setState(io.holdfast.proto.v1.FenceState.SERVED);
            case FenceState.Fencing _ -> fence.setState(io.holdfast.proto.v1.FenceState.FENCING);
            case FenceState.Fenced _ -> fence.setState(io.holdfast.proto.v1.FenceState.FENCED);
            case FenceState.Failed failed ->
                fence.setState(io.holdfast.proto.v1.FenceState.FENCE_FAILED)
                        .setErrorCode(failed.code())
                        .setMessage(failed.message());
        }
        return fence;
    }
}
