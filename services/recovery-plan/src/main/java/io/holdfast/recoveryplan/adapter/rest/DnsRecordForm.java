package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.DnsRecord;
import io.holdfast.recoveryplan.plan.ProcedureDraft;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How a record set looks in a plan. */
@Schema(name = "DnsRecord", description = "A name that leads to the group when its machines are ready.")
public record DnsRecordForm(
        @Schema(required = true, description = "A name server by its name in the service's settings.")
        String server,

        @Schema(required = true, description = "Full domain name in a zone that the settings allow.")
        String name,

        @Schema(
                required = true,
                enumeration = {"A", "AAAA", "CNAME", "PTR"})
        String type,

        @Schema(description = "PT1S to P1D in whole seconds, default PT1M.")
        Duration ttl,

        @Schema(
                description =
                        "Who answers under the name. A run of a part of the plan leaves out names of VMs that are not in it, and names without a VM.")
        String vmId,

        @Schema(description = "Default: the addresses that the VM's cards are given.")
        Live live,

        @Schema(description = "Without it a TEST leaves the name alone.")
        Test test,

        @Schema(
                description =
                        "What the name says while production runs; anything else stops a run before it changes it. Absent: anything.")
        List<String> expect) {

    @Schema(name = "DnsRecordLive")
    public record Live(
            @Schema(description = "Addresses, or one name for CNAME and PTR.")
            List<String> values) {}

    @Schema(name = "DnsRecordTest")
    public record Test(
            @Schema(required = true, description = "No name of production in this plan.")
            String name,

            @Schema(description = "Default: the addresses that the VM's cards are given in a TEST.")
            List<String> values) {}

    /** @return {@code null} if nothing was said */
    static List<ProcedureDraft.DnsDraft> drafts(List<DnsRecordForm> forms) {
        return forms == null
                ? null
                : forms.stream().map(form -> form == null ? null : form.draft()).toList();
    }

    private ProcedureDraft.DnsDraft draft() {
        return new ProcedureDraft.DnsDraft(
                server,
                name,
                type,
                ttl,
                vmId,
                live == null ? null : live.values(),
                test == null ? null : new ProcedureDraft.DnsTestDraft(test.name(), test.values()),
                expect);
    }

    /** @return {@code null} if there are none */
    static List<DnsRecordForm> of(List<DnsRecord> records) {
        return records.isEmpty()
                ? null
                : records.stream().map(DnsRecordForm::of).toList();
    }

    private static DnsRecordForm of(DnsRecord record) {
        return new DnsRecordForm(
                record.server(),
                record.name(),
                record.type().name(),
                record.ttl(),
                record.vmId().map(VmId::toString).orElse(null),
                record.live().isEmpty() ? null : new Live(record.live()),
                record.test()
                        .map(test -> new Test(test.name(), test.values().isEmpty() ? null : test.values()))
                        .orElse(null),
                record.expect().isEmpty() ? null : record.expect());
    }
}
