package io.holdfast.recoveryplan.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.recoveryplan.ownership.FenceWord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Reads what an agent says about ownership ({@code common.proto}). */
final class FenceReports {
    private static final int LONGEST_CODE = 64;
    private static final int LONGEST_MESSAGE = 1000;

    private FenceReports() {}

    static List<FenceWord> read(AgentId agent, OwnershipReport report) {
        return report.getVmsList().stream().map(fence -> word(agent, fence)).toList();
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
                MachineReaders.cut(fence.getMessage(), LONGEST_MESSAGE));
    }
}
