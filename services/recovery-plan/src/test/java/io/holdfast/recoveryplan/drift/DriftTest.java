package io.holdfast.recoveryplan.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.drift.Drift.Kind;
import io.holdfast.recoveryplan.drift.Drift.MachineDrift;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Between a rehearsal and now")
class DriftTest {
    private static final PgId GROUP = PgId.random();
    private static final KnownMachine KEPT = machine("kept", 2);
    private static final KnownMachine GONE = machine("gone", 2);

    private static KnownMachine machine(String name, int cpuCount) {
        return new KnownMachine(VmId.random(), name, spec(cpuCount));
    }

    private static MachineSpec spec(int cpuCount) {
        return new MachineSpec(
                cpuCount, 1 << 20, MachineSpec.Firmware.BIOS, "", List.of(), List.of(), Optional.empty());
    }

    @Test
    void a_machine_is_the_same_or_another_or_new_or_gone() {
        KnownMachine grown = machine("grown", 2);
        KnownMachine added = machine("added", 1);

        Drift drift = Drift.between(
                List.of(GROUP),
                Map.of(GROUP, List.of(GONE, KEPT, grown)),
                Map.of(GROUP, List.of(KEPT, new KnownMachine(grown.vmId(), "renamed", spec(4)), added)));

        assertThat(drift.machines())
                .containsExactly(
                        new MachineDrift(GROUP, KEPT.vmId(), "kept", Kind.SAME, List.of()),
                        new MachineDrift(
                                GROUP,
                                grown.vmId(),
                                "renamed",
                                Kind.CHANGED,
                                List.of(new Change("cpuCount", "2", "4"))),
                        new MachineDrift(GROUP, added.vmId(), "added", Kind.ADDED, List.of()),
                        new MachineDrift(GROUP, GONE.vmId(), "gone", Kind.REMOVED, List.of()));
        assertThat(drift.differing()).hasSize(3);
    }

    @Test
    void a_group_that_cannot_be_asked_is_not_told_to_have_lost_its_machines() {
        Drift drift = Drift.between(List.of(GROUP), Map.of(GROUP, List.of(KEPT)), Map.of());

        assertThat(drift.machines()).isEmpty();
        assertThat(drift.unknown()).containsExactly(GROUP);
    }
}
