package io.holdfast.recoveryplan.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.CardRules;
import io.holdfast.recoveryplan.plan.CardSetting;
import io.holdfast.recoveryplan.plan.MacRule;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CardsTest {
    private static final KnownMachine MACHINE = Samples.machines(Samples.DB).getFirst();
    private static final VmId VM = MACHINE.vmId();
    private static final String ORIGINAL = MACHINE.spec().nics().getFirst().mac();
    private static final NetworkTarget ISOLATED = new NetworkTarget.Isolated("bubble");
    private static final NetworkTarget HOST = new NetworkTarget.Host("lan");

    private static CardSetting mac(MacRule rule) {
        return new CardSetting(Optional.of(rule), List.of(), List.of(), List.of());
    }

    private static Cards cards(NetworkTarget test, CardSetting inTest, CardSetting inLive, boolean isTest) {
        return new Cards(
                new MachineRules(
                        true,
                        List.of(),
                        Map.of("lan", test),
                        Map.of("lan", HOST),
                        true,
                        List.of(),
                        Duration.ZERO,
                        List.of(new CardRules(VM, "eth0", inTest, inLive))),
                isTest);
    }

    private static String macOf(Cards cards, RunId run) {
        return cards.of(MACHINE, run).spec().nics().getFirst().mac();
    }

    @Test
    void a_mac_is_kept_but_in_a_test_on_a_network_of_the_host() {
        RunId run = RunId.random();
        CardSetting none = CardSetting.NONE;
        assertThat(macOf(cards(ISOLATED, none, none, true), run)).isEqualTo(ORIGINAL);
        assertThat(macOf(cards(ISOLATED, none, none, false), run)).isEqualTo(ORIGINAL);
        assertThat(macOf(cards(HOST, none, none, false), run)).isEqualTo(ORIGINAL);
        assertThat(macOf(cards(HOST, none, none, true), run)).isNotEqualTo(ORIGINAL);
        assertThat(macOf(cards(HOST, mac(MacRule.KEEP), none, true), run)).isEqualTo(ORIGINAL);
    }

    @Test
    void a_new_mac_is_locally_administered_of_one_card_and_the_same_in_every_attempt_of_one_run_only() {
        Cards fresh = cards(ISOLATED, mac(MacRule.NEW), CardSetting.NONE, true);
        RunId run = RunId.random();

        assertThat(macOf(fresh, run)).matches("[0-9a-f][26ae](:[0-9a-f]{2}){5}").isEqualTo(macOf(fresh, run));
        assertThat(macOf(fresh, RunId.random())).isNotEqualTo(macOf(fresh, run));
        assertThat(fresh.of(MACHINE, run).spec().disks())
                .isEqualTo(MACHINE.spec().disks());
    }

    @Test
    void a_given_mac_is_used_in_the_runs_that_it_is_given_for() {
        CardSetting given = mac(new MacRule(MacRule.Policy.GIVEN, "02:00:00:00:00:01"));
        RunId run = RunId.random();
        assertThat(macOf(cards(ISOLATED, CardSetting.NONE, given, false), run)).isEqualTo("02:00:00:00:00:01");
        assertThat(macOf(cards(ISOLATED, CardSetting.NONE, given, true), run)).isEqualTo(ORIGINAL);
    }

    @Test
    void only_a_card_that_is_connected_is_given_addresses_and_its_first_is_where_it_is_probed() {
        CardSetting addressed =
                new CardSetting(Optional.empty(), List.of("10.9.0.5/24", "fd00::5/64"), List.of("10.9.0.1"), List.of());
        Cards live = cards(ISOLATED, CardSetting.NONE, addressed, false);
        assertThat(live.given(MACHINE)).containsExactly(Map.entry("eth0", addressed));
        assertThat(live.firstAddress(MACHINE)).hasValue("10.9.0.5");

        Cards test = cards(ISOLATED, CardSetting.NONE, addressed, true);
        assertThat(test.given(MACHINE)).isEmpty();
        assertThat(test.firstAddress(MACHINE)).isEmpty();
        Cards unplugged = new Cards(
                new MachineRules(
                        true,
                        List.of(),
                        Map.of(),
                        Map.of(),
                        false,
                        List.of(),
                        Duration.ZERO,
                        List.of(new CardRules(VM, "eth0", addressed, addressed))),
                false);
        assertThat(unplugged.given(MACHINE)).isEmpty();
    }
}
