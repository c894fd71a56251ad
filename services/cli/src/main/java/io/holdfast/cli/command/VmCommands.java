package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast vm …}. */
@Command(
        name = "vm",
        description = "Virtual machines and their disks.",
        subcommands = {VmCommands.Vms.class, VmCommands.Show.class, VmCommands.Attach.class, VmCommands.Detach.class})
public final class VmCommands {
    private static final String VMS = "api/v1/vms";

    @Command(name = "list", description = "All VMs, or those of one host.")
    static final class Vms extends SiteCommand {
        @Option(names = "--host", paramLabel = "HOST", description = "Name or id.")
        String host;

        @Override
        ExitCode run() {
            List<JsonNode> vms = site().list(host == null ? VMS : VMS + "?hostId=" + lookup().host(host));
            Table table = new Table("NAME", "ID", "STATE", "DISKS", "SIZE", "CAPTURE", "PROBLEM");
            return show(
                    vms,
                    table,
                    vm -> table.row(
                            Shown.text(vm.path("name")),
                            Shown.text(vm.path("id")),
                            Shown.text(vm.path("state")),
                            vm.path("volumes").size(),
                            Shown.bytes(size(vm)),
                            Shown.text(vm.at("/volumes/0/capture")),
                            problem(vm)));
        }

        private static JsonNode size(JsonNode vm) {
            ObjectNode sum = Words.object();
            sum.put(
                    "bytes",
                    vm.path("volumes")
                            .valueStream()
                            .mapToLong(volume -> volume.path("sizeBytes").asLong())
                            .sum());
            return sum.path("bytes");
        }

        /** The VM's own, or that of its first disk that cannot be protected. */
        private static String problem(JsonNode vm) {
            if (vm.hasNonNull("reasonCode")) {
                return vm.path("reasonCode").asText();
            }
            return vm.path("volumes")
                    .valueStream()
                    .filter(volume -> volume.hasNonNull("reasonCode"))
                    .map(volume -> "%s: %s"
                            .formatted(
                                    volume.path("name").asText(),
                                    volume.path("reasonCode").asText()))
                    .findFirst()
                    .orElse("");
        }
    }

    @Command(name = "show", description = "One VM with its disks.")
    static final class Show extends SiteCommand {
        @Parameters(paramLabel = "VM", description = "Name or id.")
        String vm;

        @Override
        ExitCode run() {
            return show(site().get(VMS + "/" + lookup().vm(vm)), this::print);
        }

        private void print(JsonNode found) {
            out().printf(
                            "%s  %s  %s since %s%n",
                            Shown.text(found.path("name")),
                            Shown.text(found.path("id")),
                            Shown.text(found.path("state")),
                            Shown.instant(found.path("since")));
            if (found.hasNonNull("reason")) {
                out().printf("%s: %s%n", Shown.text(found.path("reasonCode")), Shown.text(found.path("reason")));
            }
            JsonNode machine = found.path("machine");
            if (machine.isObject()) {
                out().printf(
                                "%s CPUs, %s, %s, %d NICs%n",
                                Shown.text(machine.path("cpuCount")),
                                Shown.bytes(machine.path("memoryBytes")),
                                Shown.text(machine.path("firmware")),
                                machine.path("nics").size());
            }
            Table disks = new Table("DISK", "ID", "SIZE", "BACKING", "NBD", "PROTECTABLE");
            found.path("volumes")
                    .forEach(disk -> disks.row(
                            Shown.text(disk.path("name")),
                            Shown.text(disk.path("id")),
                            Shown.bytes(disk.path("sizeBytes")),
                            Shown.text(disk.path("backing")),
                            disk.hasNonNull("nbdExport")
                                    ? "nbd://%s/%s"
                                            .formatted(
                                                    Shown.text(disk.path("nbdAddress")),
                                                    Shown.text(disk.path("nbdExport")))
                                    : Shown.UNKNOWN,
                            disk.path("protectable").asBoolean()
                                    ? "yes"
                                    : "no: " + Shown.text(disk.path("reasonCode"))));
            disks.print(out());
        }
    }

    @Command(name = "attach", description = "Orders a host's agent to capture a VM's disks, and waits until it does.")
    static final class Attach extends SiteCommand {
        @Option(names = "--host", paramLabel = "HOST", description = "Name or id.")
        String host;

        @Option(names = "--name", paramLabel = "NAME")
        String name;

        @Option(
                names = "--disk",
                paramLabel = "NAME=PATH",
                description = "A raw image or block device on the host, captured inline; once for every disk.")
        Map<String, String> disks = new LinkedHashMap<>();

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "The whole order as JSON instead (docs/rest-api.md); - is standard input.")
        Path file;

        @Option(
                names = "--wait-limit",
                paramLabel = "TIME",
                defaultValue = "60s",
                description = "Default ${DEFAULT-VALUE}.")
        String waitLimit;

        @Override
        ExitCode run() {
            JsonNode ordered = site().post(VMS, file == null ? order() : Words.file(file));
            String id = ordered.path("id").asText();
            Duration limit = Words.duration("--wait-limit", waitLimit);
            JsonNode vm = new Waiting(limit)
                    .until("the agent serves VM " + id, () -> site().get(VMS + "/" + id), now -> !"REQUESTED"
                            .equals(now.path("state").asText()));
            if (!"ATTACHED".equals(vm.path("state").asText())) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "%s: %s".formatted(Shown.text(vm.path("reasonCode")), Shown.text(vm.path("reason"))));
            }
            return told(vm, "VM %s is %s".formatted(id, vm.path("state").asText()));
        }

        private ObjectNode order() {
            if (host == null || name == null || disks.isEmpty()) {
                throw new CommandFailure(ExitCode.USAGE, "give --host, --name and at least one --disk, or --file");
            }
            ObjectNode order = Words.object().put("hostId", lookup().host(host)).put("name", name);
            ArrayNode volumes = order.putArray("volumes");
            disks.forEach((disk, path) -> volumes.addObject().put("name", disk).put("backing", path));
            return order;
        }
    }

    @Command(name = "detach", description = "Orders the agent to serve the VM no more. End its protection first.")
    static final class Detach extends SiteCommand {
        @Parameters(paramLabel = "VM", description = "Name or id.")
        String vm;

        @Override
        ExitCode run() {
            return told(site().delete(VMS + "/" + lookup().vm(vm)), "ordered");
        }
    }
}
