package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.recoveryplan.plan.CardRules;
import io.holdfast.recoveryplan.plan.CardSetting;
import io.holdfast.recoveryplan.plan.MacRule;
import io.holdfast.recoveryplan.plan.PlanDraft;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How a network card of a VM looks in a plan. */
@Schema(name = "MachineCard", description = "What one network card of a VM is at the recovery site.")
public record CardForm(
        @Schema(required = true) String vmId,

        @Schema(required = true, description = "Its name in the VM's specification.")
        String nic,

        @Schema(description = "In a TEST.") Setting test,
        @Schema(description = "In every other run.") Setting live) {

    @Schema(name = "MachineCardSetting")
    public record Setting(
            @Schema(
                    description =
                            "KEEP, NEW (locally administered, of this run), or a MAC. Default: KEEP, and NEW in a TEST on a network of the host.")
            String mac,

            @Schema(
                    description =
                            "Each address/prefix, IPv4 or IPv6; given by the guest's agent before the machine counts as ready. None: the guest keeps its own.")
            List<String> addresses,

            @Schema(description = "At most one for IPv4 and one for IPv6.")
            List<String> gateways,

            @Schema(description = "At most 8.") List<String> dnsServers) {

        private PlanDraft.CardSettingDraft draft() {
            return new PlanDraft.CardSettingDraft(mac, addresses, gateways, dnsServers);
        }

        /** @return {@code null} if nothing is said */
        private static Setting of(CardSetting setting) {
            return setting.equals(CardSetting.NONE)
                    ? null
                    : new Setting(
                            setting.mac().map(MacRule::text).orElse(null),
                            setting.addresses(),
                            setting.gateways(),
                            setting.dnsServers());
        }
    }

    static List<PlanDraft.CardDraft> drafts(List<CardForm> cards) {
        return cards == null
                ? null
                : cards.stream().map(card -> card == null ? null : card.draft()).toList();
    }

    private PlanDraft.CardDraft draft() {
        return new PlanDraft.CardDraft(
                vmId, nic, test == null ? null : test.draft(), live == null ? null : live.draft());
    }

    static CardForm of(CardRules card) {
        return new CardForm(card.vmId().toString(), card.nic(), Setting.of(card.test()), Setting.of(card.live()));
    }
}
