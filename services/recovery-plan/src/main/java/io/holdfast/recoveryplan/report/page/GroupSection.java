package io.holdfast.recoveryplan.report.page;

import io.holdfast.recoveryplan.report.RunReport;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** What was recovered of one group: checkpoints, sources, machines, and what these showed. */
final class GroupSection {
    private final Html page;
    private final Map<String, byte[]> screens;

    GroupSection(Html page, Map<String, byte[]> screens) {
        this.page = page;
        this.screens = screens;
    }

    void write(RunReport.Group group) {
        page.subheading("Group " + group.name())
                .beginFacts()
                .factIfKnown("After", String.join(", ", group.dependsOn()))
                .fact("Readiness asked for", group.readiness())
                .fact("Ready at", group.readyAt())
                .fact("Measured RTO", group.rto())
                .factIfKnown("Blackout", group.blackout())
                .endFacts();
        group.members().forEach(this::member);
    }

    private void member(RunReport.Member member) {
        page.beginFacts()
                .fact("Protection group", member.pgId())
                .fact("Point asked for", member.pointAskedFor())
                .fact("Checkpoint", member.checkpointId())
                .fact("Kind", member.checkpointKind())
                .fact("Cut at", member.cutAt())
                .fact("LSN", member.lsn())
                .fact("Digest of the checkpoint", member.digest())
                .fact("Measured RPO", member.rpo())
                .factIfKnown("Ownership", member.ownership());
        if (member.loss() != null) {
            loss(member.loss());
        }
        page.endFacts();
        sources(member.sources() == null ? List.of() : member.sources());
        member.machines().forEach(this::machine);
    }

    private void loss(RunReport.Loss loss) {
        page.fact("Newest checkpoint then", loss.newestCutAt())
                .fact("Lost between the two, time", loss.time())
                .fact("Lost between the two, changes", loss.changes())
                .fact("Nothing unsent at the source", loss.nothingUnsent() ? "proven" : "not known");
    }

    private void sources(List<RunReport.Source> sources) {
        if (sources.isEmpty()) {
            return;
        }
        page.beginTable(List.of("VM at its source", "Shut down", "Fence", "Since", "Epoch", "To do"));
        sources.forEach(source -> page.row(
                source.name(), source.shutDown(), source.fence(), source.fenceSince(), source.epoch(), source.toDo()));
        page.endTable();
    }

    private void machine(RunReport.Machine machine) {
        page.subheading("Machine " + machine.name())
                .beginFacts()
                .fact("VM", machine.vmId())
                .fact("Machine", machine.machineId())
                .fact("Host", machine.host())
                .fact("Started at", machine.startedAt())
                .fact("All probes passed at", machine.readyAt())
                .endFacts();
        if (machine.consoleTail() != null && !machine.consoleTail().isBlank()) {
            page.raw("<p>Last words on its console:</p>\n").quoted(machine.consoleTail());
        }
        screen(machine);
    }

    private void screen(RunReport.Machine machine) {
        RunReport.Screen screen = machine.screen();
        byte[] png = machine.machineId() == null ? null : screens.get(machine.machineId());
        if (screen == null) {
            return;
        }
        page.raw("<figure>");
        if (png != null) {
            page.raw("<img alt=\"")
                    .text("Display of machine " + machine.name())
                    .raw("\" src=\"data:image/png;base64,")
                    .raw(Base64.getEncoder().encodeToString(png))
                    .raw("\">");
        }
        page.raw("<figcaption>")
                .text("Display at %s (%s), SHA-256 %s".formatted(screen.takenAt(), moment(screen), screen.sha256()))
                .raw("</figcaption></figure>\n");
    }

    private static String moment(RunReport.Screen screen) {
        return switch (screen.moment()) {
            case "READY" -> "its probes had passed";
            case "ENDED" -> "the guest had ended by itself";
            default -> "it was stopped, and was not ready";
        };
    }
}
