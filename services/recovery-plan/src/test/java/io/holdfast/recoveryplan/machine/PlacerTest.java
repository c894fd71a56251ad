package io.holdfast.recoveryplan.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A machine is placed")
class PlacerTest {
    private static final MachineHost SMALL = host(1, 4, Set.of("lan"));
    private static final MachineHost LARGE = host(2, 8, Set.of());

    @Test
    void whereMostMemoryIsFreeTheLargestFirst() {
        List<Placement> placed = Placer.place(
                List.of(need("a", 3, Set.of(), false), need("b", 6, Set.of(), false), need("c", 1, Set.of(), false)),
                List.of(SMALL, LARGE),
                Set.of());

        assertThat(hosts(placed))
                .as("b goes first and takes most of the large host")
                .containsExactly("1", "2", "2");
    }

    @Test
    void onlyWhereItsNetworksAre() {
        assertThat(hosts(Placer.place(List.of(need("a", 1, Set.of("lan"), false)), List.of(SMALL, LARGE), Set.of())))
                .containsExactly("1");
    }

    @Test
    void togetherWithThoseOfTheSameIsolatedNetworkAndWhereTheRunIsAlready() {
        List<Placer.Need> needs = List.of(need("a", 2, Set.of(), true), need("b", 2, Set.of(), true));

        assertThat(hosts(Placer.place(needs, List.of(SMALL, LARGE), Set.of()))).containsExactly("2", "2");
        assertThat(hosts(Placer.place(needs, List.of(SMALL, LARGE), Set.of(SMALL.id()))))
                .containsExactly("1", "1");
    }

    @Test
    void apartFromThemIfNoHostHoldsThemAll() {
        List<Placer.Need> needs = List.of(need("a", 7, Set.of(), true), need("b", 3, Set.of(), true));

        assertThat(hosts(Placer.place(needs, List.of(SMALL, LARGE), Set.of()))).containsExactly("2", "1");
    }

    @Test
    void nowhereIfNobodyIsConnectedOrHasRoom() {
        MachineHost away = new MachineHost(LARGE.id(), "2", LARGE.agent(), false, true, 8L << 30, Set.of());
        MachineHost idle = new MachineHost(LARGE.id(), "2", LARGE.agent(), true, false, 8L << 30, Set.of());
        List<Placer.Need> needs = List.of(need("a", 5, Set.of(), false));

        for (List<MachineHost> hosts : List.of(List.<MachineHost>of(), List.of(away), List.of(idle), List.of(SMALL))) {
            assertThatThrownBy(() -> Placer.place(needs, hosts, Set.of()))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(MachineError.NO_HOST_FOR_MACHINE))
                    .hasMessageContaining("'a', which needs 5120 MiB");
        }
    }

    private static List<String> hosts(List<Placement> placed) {
        return placed.stream().map(Placement::hostName).toList();
    }

    private static MachineHost host(int number, long freeGib, Set<String> networks) {
        return new MachineHost(
                new HostId(new UUID(1, number)),
                Integer.toString(number),
                new AgentId(new UUID(2, number)),
                true,
                true,
                freeGib << 30,
                networks);
    }

    private static Placer.Need need(String name, long gib, Set<String> networks, boolean isolated) {
        MachineSpec spec =
                new MachineSpec(1, gib << 30, MachineSpec.Firmware.BIOS, "", List.of(), List.of(), Optional.empty());
        return new Placer.Need(new KnownMachine(VmId.random(), name, spec), networks, isolated);
    }
}
