package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.failback.Picture.Attachment;
import io.holdfast.cli.failback.Picture.Capture;
import io.holdfast.cli.failback.Picture.Disk;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Machine;
import io.holdfast.cli.failback.Picture.Ownership;
import io.holdfast.cli.failback.Picture.Run;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a site's JSON means to the way home. */
final class Reading {
    private Reading() {}

    static Run run(JsonNode run) {
        Map<String, Machine> machines = new LinkedHashMap<>();
        run.path("groups").forEach(group -> group.path("machines")
                .forEach(machine -> machines.put(machine.path("vmId").asText(), machine(machine))));
        JsonNode error = run.path("error");
        long done = run.path("steps")
                .valueStream()
                .filter(step -> Set.of("SUCCEEDED", "SKIPPED")
                        .contains(step.path("state").asText()))
                .count();
        return new Run(
                run.path("id").asText(),
                run.path("mode").asText(),
                run.path("state").asText(),
                run.path("committed").asBoolean(),
                run.path("recovered").asBoolean(),
                run.path("orderedAt").asText(),
                error.isObject()
                        ? error.path("code").asText() + ": "
                                + error.path("message").asText()
                        : "",
                "%d of %d steps done".formatted(done, run.path("steps").size()),
                machines);
    }

    private static Machine machine(JsonNode machine) {
        JsonNode capture = machine.path("capture");
        return new Machine(
                machine.path("hostId").asText(""),
                machine.path("running").asBoolean(),
                capture.isObject() ? Optional.of(capture(capture)) : Optional.empty());
    }

    private static Capture capture(JsonNode capture) {
        Map<String, String> nodes = new LinkedHashMap<>();
        capture.path("disks")
                .forEach(disk -> nodes.put(
                        disk.path("volumeId").asText(), disk.path("qemuNode").asText()));
        return new Capture(
                capture.path("qmpSocket").asText(""),
                capture.path("guestAgentSocket").asText(""),
                nodes);
    }

    /** @param failover of the group, read behind it: what it says of state and run is of one instant */
    static Group group(JsonNode group, JsonNode failover) {
        return new Group(
                group.path("id").asText(),
                group.path("name").asText(),
                failover.path("state").asText(),
                texts(group.path("allowedCommands")).contains("FAIL_OVER"),
                failover.hasNonNull("runId")
                        ? Optional.of(failover.path("runId").asText())
                        : Optional.empty(),
                group.path("sync").path("percent").asInt(),
                group.path("vms")
                        .valueStream()
                        .map(vm -> vm.path("id").asText())
                        .collect(Collectors.toSet()),
                group.path("objectives"));
    }

    static Ownership ownership(JsonNode failover, String vmId) {
        return failover.path("vms")
                .valueStream()
                .filter(vm -> vm.path("vmId").asText().equals(vmId))
                .findFirst()
                .map(vm -> new Ownership(
                        true,
                        vm.path("recovered").asBoolean(),
                        vm.path("epoch").asLong(),
                        vm.path("owner").asText("")))
                .orElse(Ownership.UNKNOWN);
    }

    static Attachment attachment(JsonNode vm) {
        JsonNode volumes = vm.path("volumes");
        return new Attachment(
                vm.path("state").asText(),
                volumes.path(0).path("capture").asText(),
                "%s %s"
                        .formatted(
                                vm.path("reasonCode").asText(),
                                vm.path("reason").asText())
                        .strip(),
                volumes.valueStream()
                        .map(volume -> new Disk(
                                volume.path("id").asText(),
                                volume.path("name").asText(),
                                volume.path("backing").asText(),
                                volume.hasNonNull("captureId")
                                        ? Optional.of(volume.path("captureId").asText())
                                        : Optional.empty()))
                        .toList(),
                vm.path("machine").isObject() ? Optional.of(vm.path("machine")) : Optional.empty());
    }

    static Set<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).collect(Collectors.toSet());
    }
}
