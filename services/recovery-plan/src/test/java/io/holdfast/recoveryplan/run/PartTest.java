package io.holdfast.recoveryplan.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.support.Samples;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A part of a protection group")
class PartTest {
    private static final VmId ONE = VmId.random();
    private static final VmId TWO = VmId.random();
    private static final VolumeId DISK_OF_ONE = VolumeId.random();
    private static final VolumeId SYSTEM_OF_TWO = VolumeId.random();
    private static final VolumeId DATA_OF_TWO = VolumeId.random();
    private static final List<OrderedVm> BOTH = List.of(new OrderedVm(ONE, "one"), new OrderedVm(TWO, "two"));
    private static final OpenSession SESSION = new OpenSession(
            SessionId.random(),
            List.of(export(DISK_OF_ONE, ONE), export(SYSTEM_OF_TWO, TWO), export(DATA_OF_TWO, TWO)));

    private static OpenSession.Export export(VolumeId volume, VmId vm) {
        return new OpenSession.Export(volume.toString(), "vda", vm.toString(), 1 << 20, "127.0.0.1:10809", "x");
    }

    private static Part vms(VmId... vms) {
        return new Part(Set.of(vms), Map.of());
    }

    @Test
    void servesAllDisksOfAVmAndNoOthers() {
        OpenSession narrowed = vms(TWO).narrowed(Samples.DB, SESSION, List.of(BOTH.get(1)));

        assertThat(narrowed.id()).isEqualTo(SESSION.id());
        assertThat(narrowed.exports())
                .extracting(OpenSession.Export::volumeId)
                .containsExactly(SYSTEM_OF_TWO.toString(), DATA_OF_TWO.toString());
    }

    @Test
    void servesASingleVolume() {
        Part part = new Part(Set.of(), Map.of(Samples.DB, Set.of(DATA_OF_TWO)));

        assertThat(part.narrowed(Samples.DB, SESSION, List.of()).exports())
                .extracting(OpenSession.Export::volumeId)
                .containsExactly(DATA_OF_TWO.toString());
    }

    @Test
    void isRefusedWhenTheSessionDoesNotHaveIt() {
        VolumeId other = VolumeId.random();
        Part part = new Part(Set.of(ONE), Map.of(Samples.DB, Set.of(other)));

        assertThatThrownBy(() -> part.narrowed(Samples.DB, SESSION, List.of(BOTH.getFirst())))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(RunError.PART_NOT_IN_CHECKPOINT))
                .hasMessageContaining(other.toString());
    }

    @Test
    void isTheWholeGroupOnlyWithAllItsVmsAndNoVolumeAlone() {
        assertThat(vms(ONE, TWO).hasAll(Samples.DB, BOTH)).isTrue();
        assertThat(vms(ONE).hasAll(Samples.DB, BOTH)).isFalse();
        assertThat(vms(ONE).touches(Samples.DB, BOTH)).isTrue();
        assertThat(vms(VmId.random()).touches(Samples.DB, BOTH)).isFalse();
        assertThat(new Part(Set.of(ONE, TWO), Map.of(Samples.DB, Set.of(DATA_OF_TWO))).hasAll(Samples.DB, BOTH))
                .isFalse();
    }
}
