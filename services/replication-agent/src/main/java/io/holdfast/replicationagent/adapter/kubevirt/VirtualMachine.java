package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import java.util.Map;
import java.util.function.Function;

/** A machine as KubeVirt describes it (kubevirt.io/v1). Stateless. */
final class VirtualMachine {
    private static final int MIB_SHIFT = 20;
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private VirtualMachine() {}

    /**
     * Whether KubeVirt can be told of everything that was ordered.
     *
     * @throws HoldfastException {@code MACHINE_SPEC_INVALID} or {@code ADAPTER_MISSING}
     */
    static void check(MachineOrder order) {
        if (order.spec().directBoot().isPresent()) {
            throw new HoldfastException(
                    AgentError.MACHINE_SPEC_INVALID,
                    "direct_boot cannot be given to KubeVirt, which takes kernels from container images only");
        }
        if (!order.addresses().isEmpty()) {
            throw new HoldfastException(
                    AgentError.MACHINE_SPEC_INVALID,
                    "links.guest cannot be given under KubeVirt, which gives nobody else its guest's agent");
        }
        for (ReadinessProbe probe : order.probes()) {
            if (probe instanceof ReadinessProbe.Network network
                    && order.linkOf(network) instanceof NetworkLink.IsolatedNetwork) {
                throw new HoldfastException(
                        AgentError.ADAPTER_MISSING,
                        "the probe %s goes into an isolated network, which nothing outside of the cluster's machines reaches under KubeVirt; probe by guest agent or console"
                                .formatted(probe.describe()));
            }
        }
    }

    /** The program of its disks, in the object that the sidecar gets it from. */
    static ObjectNode script(MachineOrder order, KubeNames names) {
        ObjectNode map = object("v1", "ConfigMap", order, names);
        map.putObject("data").put(DiskHook.KEY, DiskHook.programFor(order));
        return map;
    }

    private static ObjectNode object(String version, String kind, MachineOrder order, KubeNames names) {
        ObjectNode object = JSON.createObjectNode().put("apiVersion", version).put("kind", kind);
        ObjectNode metadata = object.putObject("metadata").put("name", KubeNames.machine(order));
        names.label(metadata, order);
        return object;
    }

    /**
     * @param node that it has to run on; empty = any
     * @param network name of the network attachment of a link
     */
    static ObjectNode of(MachineOrder order, KubeNames names, String node, Function<NetworkLink, String> network) {
        ObjectNode machine = object("kubevirt.io/v1", "VirtualMachine", order, names);
        // Anybody's label: an annotation takes every character.
        machine.withObjectProperty("metadata").putObject("annotations").put("holdfast.io/name", order.name());
        ObjectNode spec = machine.putObject("spec").put("runStrategy", "Once");
        ObjectNode template = spec.putObject("template");
        ObjectNode metadata = template.putObject("metadata");
        names.label(metadata, order);
        metadata.putObject("annotations").put("hooks.kubevirt.io/hookSidecars", sidecar(order));
        ObjectNode instance = template.putObject("spec")
                .put("startStrategy", "Paused")
                // Who wants the guest to shut down asks it before.
                .put("terminationGracePeriodSeconds", 0)
                .put("evictionStrategy", "None");
        if (!node.isEmpty()) {
            instance.putObject("nodeSelector").put("kubernetes.io/hostname", node);
        }
        domain(instance.putObject("domain"), order);
        volumes(instance.putArray("volumes"), order.spec());
        networks(instance.putArray("networks"), order.connections(), network);
        return machine;
    }

    private static String sidecar(MachineOrder order) {
        ArrayNode sidecars = JSON.createArrayNode();
        ObjectNode sidecar = sidecars.addObject();
        sidecar.putArray("args").add("--version").add("v1alpha2");
        sidecar.putObject("configMap")
                .put("name", KubeNames.machine(order))
                .put("key", DiskHook.KEY)
                .put("hookPath", "/usr/bin/onDefineDomain");
        return sidecars.toString();
    }

    private static void domain(ObjectNode domain, MachineOrder order) {
        MachineSpec spec = order.spec();
        domain.putObject("cpu").put("cores", spec.cpus());
        domain.putObject("memory").put("guest", (spec.memoryBytes() >> MIB_SHIFT) + "Mi");
        ObjectNode firmware =
                domain.putObject("firmware").put("uuid", order.id().uuid().toString());
        ObjectNode loader = firmware.putObject("bootloader");
        if (spec.firmware() == Firmware.UEFI) {
            loader.putObject("efi").put("secureBoot", false);
        } else {
            loader.putObject("bios");
        }
        if (!spec.machineType().isEmpty()) {
            domain.putObject("machine").put("type", spec.machineType());
        }
        ObjectNode devices = domain.putObject("devices")
                .put("autoattachPodInterface", false)
                .put("autoattachMemBalloon", false)
                .put("autoattachGraphicsDevice", true)
                .put("autoattachSerialConsole", true)
                .put("logSerialConsole", true);
        ArrayNode disks = devices.putArray("disks");
        for (int i = 0; i < spec.disks().size(); i++) {
            Disk disk = spec.disks().get(i);
            ObjectNode device = disks.addObject().put("name", DiskHook.disk(i)).put("bootOrder", i + 1);
            device.putObject("disk").put("bus", disk.bus().text());
            if (!disk.serial().isEmpty()) {
                device.put("serial", disk.serial());
            }
        }
        ArrayNode cards = devices.putArray("interfaces");
        order.connections().keySet().forEach(place -> {
            Nic nic = spec.nics().get(place);
            cards.addObject()
                    .put("name", card(place))
                    .put("macAddress", nic.mac())
                    .put("model", nic.model().text())
                    .putObject("bridge");
        });
    }

    private static String card(int place) {
        return "net" + place;
    }

    /** Placeholders, which the sidecar's program makes network disks of: their size is never seen. */
    private static void volumes(ArrayNode volumes, MachineSpec spec) {
        for (int i = 0; i < spec.disks().size(); i++) {
            volumes.addObject()
                    .put("name", DiskHook.disk(i))
                    .putObject("emptyDisk")
                    .put("capacity", "1Mi");
        }
    }

    private static void networks(
            ArrayNode networks, Map<Integer, NetworkLink> connections, Function<NetworkLink, String> network) {
        connections.forEach((place, link) -> networks.addObject()
                .put("name", card(place))
                .putObject("multus")
                .put("networkName", network.apply(link)));
    }
}
