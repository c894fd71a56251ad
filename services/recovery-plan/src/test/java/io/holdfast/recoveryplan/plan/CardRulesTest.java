package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.plan.PlanDraft.CardDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.CardSettingDraft;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CardRulesTest {
    private static final String VM = UUID.randomUUID().toString();
    private final List<String> refusals = new ArrayList<>();

    private List<CardRules> check(CardDraft... cards) {
        return new CardRulesCheck((field, message) -> refusals.add(field + " " + message))
                .check("cards", java.util.Arrays.asList(cards));
    }

    private List<CardRules> checkLive(String mac, List<String> addresses, List<String> gateways, List<String> servers) {
        return check(new CardDraft(VM, "eth0", null, new CardSettingDraft(mac, addresses, gateways, servers)));
    }

    @Test
    void what_is_said_for_test_and_for_live_is_kept_apart() {
        List<CardRules> cards = check(new CardDraft(
                VM,
                "eth0",
                new CardSettingDraft("NEW", null, null, null),
                new CardSettingDraft(
                        "52:54:00:AA:00:01",
                        List.of("10.0.0.5/24", "fd00::5/64"),
                        List.of("10.0.0.1", "fd00::1"),
                        List.of("10.0.0.2"))));

        assertThat(refusals).isEmpty();
        assertThat(cards).singleElement().satisfies(card -> {
            assertThat(card.test().mac()).hasValue(MacRule.NEW);
            assertThat(card.test().addresses()).isEmpty();
            assertThat(card.live().mac()).hasValue(new MacRule(MacRule.Policy.GIVEN, "52:54:00:aa:00:01"));
            assertThat(card.live().plainAddresses()).containsExactly("10.0.0.5", "fd00::5");
            assertThat(card.live().gateways()).containsExactly("10.0.0.1", "fd00::1");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "keep", "53:54:00:00:00:01", "52:54:00:00:00", "52-54-00-00-00-01", "52:54:00:00:00:0g"})
    void a_mac_that_is_none_is_refused(String mac) {
        checkLive(mac, null, null, null);
        assertThat(refusals).singleElement().asString().startsWith("cards[0].live.mac is KEEP, NEW, or six bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.5",
                "10.0.0.5/33",
                "10.0.0.5/0",
                "10.0.5/24",
                "fd00::1/129",
                "host/24",
                "fe80::1%eth0/64",
                "; reboot/24"
            })
    void an_address_that_is_none_is_refused(String address) {
        checkLive(null, List.of(address), null, null);
        assertThat(refusals).singleElement().asString().startsWith("cards[0].live.addresses");
    }

    @Test
    void bounds_are_kept_and_each_card_is_named_once() {
        checkLive(null, Collections.nCopies(17, "10.0.0.5/24"), null, null);
        checkLive(null, List.of("10.0.0.5/24"), List.of("10.0.0.1", "10.0.0.2"), null);
        checkLive(null, List.of("10.0.0.5/24"), Collections.singletonList(null), null);
        checkLive(null, List.of("10.0.0.5/24"), null, Collections.nCopies(9, "10.0.0.2"));
        checkLive(null, null, List.of("10.0.0.1"), null);
        check(new CardDraft(VM, "eth0", null, null), new CardDraft(VM, "eth0", null, null));
        check(new CardDraft("x", "eth0", null, null));
        check(new CardDraft(VM, null, null, null));
        check((CardDraft) null);

        assertThat(refusals)
                .extracting(refusal -> refusal.substring(0, refusal.indexOf(' ')))
                .containsExactly(
                        "cards[0].live.addresses",
                        "cards[0].live.gateways",
                        "cards[0].live.gateways",
                        "cards[0].live.dnsServers",
                        "cards[0].live.addresses",
                        "cards[1].nic",
                        "cards[0].vmId",
                        "cards[0].nic",
                        "cards[0]");
    }
}
