package io.holdfast.localsite.adapter.http;

import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import java.util.Set;

/** The plain page at the site's base address: what is where. */
record IndexPage(PortPlan ports, Set<Part> parts) {
    String text() {
        StringBuilder text = new StringBuilder("""
                Holdfast, local site

                  /status                     parts, processes, ports, health (JSON)
                  /api/v1/sites hosts agents vms volumes      inventory
                  /api/v1/protection-groups capacity          protection-group
                  /api/v1/journals relays                     journal-store
                  /api/v1/plans runs rehearsals               recovery-plan
                  /metrics/<service>          Prometheus
                  /openapi/<service>          OpenAPI
                  /control/parts/<part>/{start,stop,kill,restart}   POST, with the control token

                REST wants "Authorization: Bearer <token>"; `local-site token` makes one.

                """);
        text.append("Services: ");
        parts.stream().filter(Part::isService).sorted().forEach(part -> text.append(part)
                .append(' '));
        text.append('\n');
        if (parts.contains(Part.JOURNAL_STORE)) {
            text.append(
                    "Recovery images: nbd://127.0.0.1:%d/<pg id>/<volume id>@<checkpoint | lsn:n | instant | latest>%n"
                            .formatted(ports.number(Port.JOURNAL_NBD)));
        }
        if (parts.contains(Part.REPLICATION_AGENT)) {
            text.append("Protected disks: nbd://127.0.0.1:%d/<export>%n".formatted(ports.number(Port.AGENT_NBD)));
        }
        return text.toString();
    }
}
