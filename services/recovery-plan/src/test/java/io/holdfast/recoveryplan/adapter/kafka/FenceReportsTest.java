package io.holdfast.recoveryplan.adapter.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.recoveryplan.ownership.FenceWord;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An agent's report about ownership")
class FenceReportsTest {
    private static final AgentId AGENT = AgentId.random();

    @Test
    void isReadWithWordsThatAreNoLongerThanTheyMayBe() {
        VmId vm = VmId.random();
        FenceWord word = FenceReports.read(
                        AGENT,
                        report(fence(vm.toString())
                                .setState(FenceState.FENCE_FAILED)
                                .setErrorCode("QMP_GONE")
                                .setMessage("\0".repeat(5000))))
                .getFirst();

        assertThat(word.vmId()).isEqualTo(vm);
        assertThat(word.epoch()).isEqualTo(9);
        assertThat(word.code()).isEqualTo("QMP_GONE");
        assertThat(word.message()).hasSize(1000).doesNotContain("\0");
    }

    @Test
    void isRefusedWithAStateThatNobodyKnowsOrAnIdThatIsNone() {
        assertRefused(fence(VmId.random().toString()));
        assertRefused(fence(VmId.random().toString()).setStateValue(99));
        assertRefused(fence("x").setState(FenceState.FENCED));
    }

    private static void assertRefused(VmFence.Builder fence) {
        assertThatThrownBy(() -> FenceReports.read(AGENT, report(fence))).isInstanceOf(HoldfastException.class);
    }

    private static VmFence.Builder fence(String vm) {
        return VmFence.newBuilder().setVmId(vm).setEpoch(9);
    }

    private static OwnershipReport report(VmFence.Builder fence) {
        return OwnershipReport.newBuilder().addVms(fence).build();
    }
}
