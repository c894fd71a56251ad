package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.failback.Picture.AtSite;
import io.holdfast.cli.failback.Picture.Attachment;
import io.holdfast.cli.failback.Picture.Capture;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;
import java.util.List;
import java.util.Map;

/** The order to capture a machine of the other site as a tap, under the ids that the VM and its volumes have everywhere. */
final class AttachOrder {
    private static final List<String> MACHINE =
            List.of("cpuCount", "memoryBytes", "firmware", "machineType", "directBoot");

    private AttachOrder() {}

    /**
     * @param here the site that captures; its link is known
     * @param there where the machine runs, which has told its capture and its specification
     */
    static ObjectNode of(Vm vm, Run from, AtSite here, AtSite there) {
        Capture capture = there.machine().flatMap(Picture.Machine::capture).orElseThrow();
        JsonNode spec = there.attached().flatMap(Attachment::spec).orElseThrow();
        ObjectNode order = JsonNodeFactory.instance
                .objectNode()
                .put("id", vm.id())
                .put("hostId", here.link().orElseThrow())
                .put("name", vm.name());
        ObjectNode tap = order.putObject("capture").put("mode", "TAP").put("qmpSocket", capture.qmpSocket());
        if (!capture.guestAgentSocket().isEmpty()) {
            tap.put("guestAgentSocket", capture.guestAgentSocket());
        }
        ArrayNode volumes = order.putArray("volumes");
        for (Map.Entry<String, String> node : capture.nodes().entrySet()) {
            ObjectNode volume = volumes.addObject()
                    .put("id", node.getKey())
                    .put("name", nameOf(node.getKey(), there))
                    .put("backing", Attachment.noted(from.id(), node.getKey()))
                    .put("qemuNode", node.getValue());
            spec.path("disks")
                    .valueStream()
                    .filter(disk -> disk.path("volumeId").asText().equals(node.getKey()))
                    .forEach(disk -> List.of("bus", "serial").forEach(field -> copy(disk, field, volume)));
        }
        order.set("machine", machine(spec));
        return order;
    }

    private static String nameOf(String volume, AtSite there) {
        return there.attached().orElseThrow().disks().stream()
                .filter(disk -> disk.id().equals(volume))
                .map(Picture.Disk::name)
                .findFirst()
                .orElse(volume);
    }

    private static ObjectNode machine(JsonNode spec) {
        ObjectNode machine = JsonNodeFactory.instance.objectNode();
        MACHINE.forEach(field -> copy(spec, field, machine));
        ArrayNode cards = machine.putArray("nics");
        spec.path("nics").forEach(nic -> {
            ObjectNode card = cards.addObject();
            List.of("name", "mac", "model", "network").forEach(field -> copy(nic, field, card));
        });
        return machine;
    }

    /** What a site leaves out, or shows as nothing, is not said. */
    private static void copy(JsonNode from, String field, ObjectNode to) {
        JsonNode value = from.path(field);
        if (value.isObject() || value.isNumber() || !value.asText("").isEmpty()) {
            to.set(field, value);
        }
    }
}
