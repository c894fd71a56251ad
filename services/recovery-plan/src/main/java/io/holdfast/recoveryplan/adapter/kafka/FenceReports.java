package io.holdfast.recoveryplan.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.UnsentRanges;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.Unsent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Reads what an agent says about ownership ({@code common.proto}). */
final class FenceReports {
    private static final int LONGEST_CODE = 64;
    private static final int LONGEST_MESSAGE = 1000;

    private FenceReports() {}

    /** @throws HoldfastException {@code INVALID_REQUEST}, {@code INVALID_ID} */
    static List<FenceWord> read(AgentId agent, OwnershipReport report) {
        return report.getVmsList().stream().map(fence -> checked(agent, fence)).toList();
    }

    private static FenceWord checked(AgentId agent, VmFence fence) {
        try {
            return word(agent, fence);
        } catch (IllegalArgumentException contradiction) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST,
                    "VM %s: %s".formatted(fence.getVmId(), contradiction.getMessage()),
                    contradiction);
        }
    }

    private static FenceWord word(AgentId agent, VmFence fence) {
        return new FenceWord(
                agent,
                VmId.parse(fence.getVmId()),
                fence.getEpoch(),
                switch (fence.getState()) {
                    case SERVED -> FenceWord.State.SERVED;
                    case FENCING -> FenceWord.State.FENCING;
                    case FENCED -> FenceWord.State.FENCED;
                    case FENCE_FAILED -> FenceWord.State.FENCE_FAILED;
                    case FENCE_STATE_UNSPECIFIED, UNRECOGNIZED ->
                        throw new HoldfastException(
                                CommonError.INVALID_REQUEST,
                                "VM %s is reported in the unknown fence state %d"
                                        .formatted(fence.getVmId(), fence.getStateValue()));
                },
                Instant.EPOCH.plus(fence.getSinceMicros(), ChronoUnit.MICROS),
                MachineReaders.cut(fence.getErrorCode(), LONGEST_CODE),
                MachineReaders.cut(fence.getMessage(), LONGEST_MESSAGE),
                fence.getUnsentList().stream().map(FenceReports::unsent).toList());
    }

    private static Unsent unsent(UnsentRanges volume) {
        return new Unsent(
                VolumeId.parse(volume.getVolumeId()),
                volume.getRangesList().stream()
                        .map(range -> new Unsent.Range(range.getOffsetBytes(), range.getLengthBytes()))
                        .toList());
    }
}
