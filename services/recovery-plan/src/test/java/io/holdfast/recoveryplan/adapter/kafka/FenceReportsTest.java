package io.holdfast.recoveryplan.adapter.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.UnsentRanges;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.Unsent;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @Test
    void namesWhereVolumesOfAFencedVmHoldWhatWasNotReceived() {
        VolumeId root = VolumeId.random();
        VolumeId data = VolumeId.random();

        FenceWord word = FenceReports.read(
                        AGENT,
                        report(fence(VmId.random().toString())
                                .setState(FenceState.FENCED)
                                .addUnsent(unsent(root.toString(), 0, 1 << 20, 3 << 20, (1 << 20) + 4096))
                                .addUnsent(unsent(data.toString()))))
                .getFirst();

        assertThat(word.unsent())
                .containsExactly(
                        new Unsent(
                                root,
                                List.of(new Unsent.Range(0, 1 << 20), new Unsent.Range(3 << 20, (1 << 20) + 4096))),
                        new Unsent(data, List.of()));
    }

    @ParameterizedTest(name = "offset {0}, length {1}, then {2}, {3}")
    @CsvSource({
        "-65536, 65536, 65536, 65536",
        "1, 65536, 131072, 65536",
        "0, 0, 65536, 65536",
        "0, -65536, 65536, 65536",
        "0, 1, 65536, 65536",
        "0, 4096, 65536, 65536",
        "0, 65536, 65536, 65536",
        "0, 131072, 65536, 65536",
        "131072, 65536, 0, 65536",
        "0, 65536, 9223372036854710272, 65536",
        "0, 9223372036854771712, 131072, 65536"
    })
    void isRefusedWithRangesThatAreNone(long offset, long length, long nextOffset, long nextLength) {
        assertRefused(fence(VmId.random().toString())
                .setState(FenceState.FENCED)
                .addUnsent(unsent(VolumeId.random().toString(), offset, length, nextOffset, nextLength)));
    }

    @Test
    void isRefusedWithMoreThanItMayNameOrWithAVolumeThatIsNoneOrNamedTwiceOrAVmThatIsNotFenced() {
        String volume = VolumeId.random().toString();
        long[] tooMany = new long[2 * (Unsent.MAX_RANGES + 1)];
        for (int i = 0; i < tooMany.length; i += 2) {
            tooMany[i] = i * 131072L;
            tooMany[i + 1] = 65536;
        }
        assertRefused(fenced().addUnsent(unsent(volume, tooMany)));
        assertRefused(fenced().addUnsent(unsent("../../x")));
        assertRefused(fenced().addUnsent(unsent(volume)).addUnsent(unsent(volume)));
        assertRefused(fenced().setState(FenceState.FENCING).addUnsent(unsent(volume)));
        VmFence.Builder manyVolumes = fenced();
        for (int i = 0; i <= FenceWord.MAX_UNSENT; i++) {
            manyVolumes.addUnsent(unsent(VolumeId.random().toString()));
        }
        assertRefused(manyVolumes);
    }

    private static VmFence.Builder fenced() {
        return fence(VmId.random().toString()).setState(FenceState.FENCED);
    }

    /** @param ranges offset and length by turns */
    private static UnsentRanges unsent(String volume, long... ranges) {
        UnsentRanges.Builder unsent = UnsentRanges.newBuilder().setVolumeId(volume);
        for (int i = 0; i < ranges.length; i += 2) {
            unsent.addRanges(VolumeRange.newBuilder().setOffsetBytes(ranges[i]).setLengthBytes(ranges[i + 1]));
        }
        return unsent.build();
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
