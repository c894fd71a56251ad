package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.dns.WantedRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A record set that leads to a recovery group when its machines have answered (docs/dns.md).
 *
 * @param server by its name in the settings; where it is, and its key, no plan says
 * @param name canonical
 * @param ttl of what is written; whole seconds, 1 s to 1 d
 * @param vmId who answers under the name; empty = the group as a whole
 * @param live what it says when production was recovered; none = the addresses that the VM's cards are given
 * @param test empty = a TEST leaves the record set alone
 * @param expect what it says while production runs at its source; none = whatever it says is right
 */
public record DnsRecord(
        String server,
        String name,
        RecordType type,
        Duration ttl,
        Optional<VmId> vmId,
        List<String> live,
        Optional<TestRecord> test,
        List<String> expect) {

    public DnsRecord {
        live = List.copyOf(live);
        expect = List.copyOf(expect);
    }

    /** @param name another one than production's @param values as {@code live} */
    public record TestRecord(String name, List<String> values) {
        public TestRecord {
            values = List.copyOf(values);
        }
    }

    /** What a rehearsal, or any other run, writes; empty = nothing. */
    public Optional<WantedRecord> wanted(MachineRules machines, boolean inTest) {
        return inTest
                ? test.map(other -> wanted(other.name(), orOfCards(other.values(), machines, true)))
                : Optional.of(wanted(name, orOfCards(live, machines, false)));
    }

    private WantedRecord wanted(String where, List<String> values) {
        return new WantedRecord(new RecordSet(server, where, type), new RecordValues(ttl.toSeconds(), values));
    }

    private List<String> orOfCards(List<String> values, MachineRules machines, boolean inTest) {
        return values.isEmpty()
                ? machines.cards().stream()
                        .filter(card -> vmId.filter(card.vmId()::equals).isPresent())
                        .flatMap(card -> (inTest ? card.test() : card.live()).plainAddresses().stream())
                        .flatMap(address -> type.canonical(address).stream())
                        .toList()
                : values;
    }
}
