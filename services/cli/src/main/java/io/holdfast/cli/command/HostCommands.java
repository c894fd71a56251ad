package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code holdfast host …}. */
@Command(
        name = "host",
        description = "Machines that run VMs, and their agents.",
        subcommands = HostCommands.Hosts.class)
public final class HostCommands {
    @Command(name = "list", description = "All hosts.")
    static final class Hosts extends SiteCommand {
        @Override
        ExitCode run() {
            List<JsonNode> hosts = site().list("api/v1/hosts");
            Table table = new Table("NAME", "ID", "AGENT", "SINCE", "CPUS", "MEMORY", "RUNS MACHINES");
            return show(
                    hosts,
                    table,
                    host -> table.row(
                            Shown.text(host.path("name")),
                            Shown.text(host.path("id")),
                            agent(host.path("agentConnected")),
                            Shown.instant(host.path("agentConnectionChangedAt")),
                            Shown.text(host.path("cpuCount")),
                            Shown.bytes(host.path("memoryBytes")),
                            machines(host.path("hosting"))));
        }

        private static String agent(JsonNode connected) {
            return connected.isBoolean() ? connected.asBoolean() ? "connected" : "disconnected" : Shown.UNKNOWN;
        }

        private static String machines(JsonNode hosting) {
            return hosting.path("adapters").isEmpty()
                    ? "no"
                    : "%s of %s used"
                            .formatted(
                                    Shown.bytes(hosting.path("memoryUsedBytes")),
                                    Shown.bytes(hosting.path("memoryLimitBytes")));
        }
    }
}
