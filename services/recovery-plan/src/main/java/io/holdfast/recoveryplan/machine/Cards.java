package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.CardSetting;
import io.holdfast.recoveryplan.plan.MacRule;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the network cards of a group's machines are at the recovery site.
 *
 * @param test whether for a TEST
 */
public record Cards(MachineRules rules, boolean test) {
    private static final int MAC_BYTES = 6;

    /** By name of the network at the machine's own site. */
    public Map<String, NetworkTarget> networks() {
        return test ? rules.test() : rules.live();
    }

    public CardSetting setting(VmId vm, String nic) {
        return rules.cards().stream()
                .filter(card -> card.vmId().equals(vm) && card.nic().equals(nic))
                .map(card -> test ? card.test() : card.live())
                .findFirst()
                .orElse(CardSetting.NONE);
    }

    /** Of a rehearsal on a network of the host nobody knows whether the original is there, too. */
    public MacRule mac(VmId vm, MachineSpec.Nic nic) {
        boolean amongOthers = test && networks().get(nic.network()) instanceof NetworkTarget.Host;
        return setting(vm, nic.name()).mac().orElse(amongOthers ? MacRule.NEW : MacRule.KEEP);
    }

    /** The machine with the MACs that it has in this run. */
    public KnownMachine of(KnownMachine machine, RunId run) {
        MachineSpec spec = machine.spec();
        return new KnownMachine(
                machine.vmId(),
                machine.name(),
                new MachineSpec(
                        spec.cpuCount(),
                        spec.memoryBytes(),
                        spec.firmware(),
                        spec.machineType(),
                        spec.disks(),
                        spec.nics().stream()
                                .map(nic -> new MachineSpec.Nic(
                                        nic.name(), address(machine.vmId(), nic, run), nic.model(), nic.network()))
                                .toList(),
                        spec.directBoot()));
    }

    private String address(VmId vm, MachineSpec.Nic nic, RunId run) {
        MacRule rule = mac(vm, nic);
        return switch (rule.policy()) {
            case KEEP -> nic.mac();
            case GIVEN -> rule.mac();
            case NEW -> newMac(vm, nic, run);
        };
    }

    /** Locally administered, of one card (IEEE 802, second lowest bit of the first byte set, lowest not); the same in every attempt. */
    static String newMac(VmId vm, MachineSpec.Nic nic, RunId run) {
        String name = "mac/%s/%s/%s".formatted(run, vm, nic.name());
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            hash[0] = (byte) (hash[0] & 0xFC | 0x02);
            return HexFormat.ofDelimiter(":").formatHex(hash, 0, MAC_BYTES);
        } catch (NoSuchAlgorithmException absent) {
            throw new AssertionError("every JDK has SHA-256", absent);
        }
    }

    /** What cards that are connected are given, by name. */
    public Map<String, CardSetting> given(KnownMachine machine) {
        Map<String, CardSetting> given = new LinkedHashMap<>();
        Map<String, NetworkTarget> links = Links.of(machine.spec(), networks());
        for (MachineSpec.Nic nic : machine.spec().nics()) {
            CardSetting setting = setting(machine.vmId(), nic.name());
            if (links.containsKey(nic.name()) && !setting.addresses().isEmpty()) {
                given.put(nic.name(), setting);
            }
        }
        return given;
    }

    /** Where a probe without an address finds the machine: the first address that its first card with one is given. */
    public Optional<String> firstAddress(KnownMachine machine) {
        return given(machine).values().stream()
                .map(setting -> setting.plainAddresses().getFirst())
                .findFirst();
    }
}
