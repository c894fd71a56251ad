package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;

/** The VMs of a failover at their source: whether they are down, whether they are known to write no more, and what a person has to see to. */
final class SourceTable {
    private final Table table = new Table("VM", "OWNERSHIP", "SHUT DOWN", "FENCE", "SINCE", "REASON", "TO DO");
    private boolean empty = true;

    /** @param group of a run, or member of a report */
    void add(JsonNode group) {
        group.path("sources").forEach(vm -> {
            empty = false;
            table.row(
                    Shown.text(vm.path("name")),
                    Shown.text(group.path("ownership")),
                    Shown.text(vm.path("shutDown")),
                    Shown.text(vm.path("fence")),
                    Shown.instant(vm.path("fenceSince")),
                    vm.hasNonNull("fenceCode")
                            ? vm.path("fenceCode").asText() + ": " + Shown.text(vm.path("fenceMessage"))
                            : Shown.UNKNOWN,
                    Shown.text(vm.path("toDo")));
        });
    }

    /** Nothing if there is none. */
    void print(PrintWriter out) {
        if (!empty) {
            table.print(out);
        }
    }
}
