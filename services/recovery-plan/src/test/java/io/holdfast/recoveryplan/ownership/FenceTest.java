package io.holdfast.recoveryplan.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.support.Samples;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A fence")
class FenceTest {
    private static final AgentId AGENT = AgentId.random();
    private static final VmId VM = VmId.random();
    private static final OwnedVm TAKEN = new OwnedVm(VM, Optional.of(AGENT), 7);

    @ParameterizedTest(name = "of epoch {0}, said to be {1}, is {2} at epoch 7")
    @CsvSource({
        "7, FENCED, CONFIRMED",
        "7, FENCING, PENDING",
        "7, FENCE_FAILED, FAILED",
        "7, SERVED, UNKNOWN",
        "6, FENCED, UNKNOWN",
        "6, SERVED, UNKNOWN",
        "8, SERVED, SUPERSEDED",
        "8, FENCED, SUPERSEDED"
    })
    void isWhatItsAgentSaysAboutThisEpoch(long epoch, FenceWord.State state, Fence.Status expected) {
        assertThat(Fence.of(TAKEN, List.of(word(AGENT, VM, epoch, state))).status())
                .isEqualTo(expected);
    }

    @Test
    void isNotKnownForWantOfAWordOrByTheWordOfAnother() {
        assertThat(Fence.of(TAKEN, List.of()).status()).isEqualTo(Fence.Status.UNKNOWN);
        assertThat(Fence.of(TAKEN, List.of(word(AgentId.random(), VM, 7, FenceWord.State.FENCED)))
                        .status())
                .as("the agent of another host, where the VM does not run")
                .isEqualTo(Fence.Status.UNKNOWN);
        assertThat(Fence.of(TAKEN, List.of(word(AGENT, VmId.random(), 7, FenceWord.State.FENCED)))
                        .status())
                .isEqualTo(Fence.Status.UNKNOWN);
    }

    @Test
    void tellsWhatWasNotReceivedOnlyWhenItIsConfirmed() {
        List<Unsent> unsent = List.of(new Unsent(VolumeId.random(), List.of(new Unsent.Range(0, 65536))));
        FenceWord fenced = new FenceWord(AGENT, VM, 7, FenceWord.State.FENCED, Samples.NOON, "", "", unsent);

        assertThat(Fence.of(TAKEN, List.of(fenced)).unsent()).isEqualTo(unsent);
        assertThat(Fence.of(new OwnedVm(VM, Optional.of(AGENT), 6), List.of(fenced))
                        .unsent())
                .as("it may have written since, as its own")
                .isEmpty();
        assertThat(Fence.of(TAKEN, List.of()).unsent()).isEmpty();
    }

    private static FenceWord word(AgentId agent, VmId vm, long epoch, FenceWord.State state) {
        return new FenceWord(agent, vm, epoch, state, Samples.NOON, "", "");
    }
}
