package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;

/** Disks that can be used now, with the addresses that NBD clients take. */
final class DiskTable {
    private final Table table = new Table("DISK", "SIZE", "NBD");

    /** @param exports of a recovery session */
    DiskTable add(JsonNode exports) {
        exports.forEach(disk -> table.row(
                Shown.text(disk.path("name")),
                Shown.bytes(disk.path("sizeBytes")),
                "nbd://%s/%s".formatted(Shown.text(disk.path("nbdAddress")), Shown.text(disk.path("nbdExport")))));
        return this;
    }

    void print(PrintWriter out) {
        table.print(out);
    }
}
