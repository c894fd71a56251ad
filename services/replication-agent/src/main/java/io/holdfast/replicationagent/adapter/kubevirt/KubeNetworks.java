package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineNetworks;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.NetworkLink;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Network attachments of Multus: those that the host's settings name, and for each isolated network one that is a bridge without an uplink, an address, or a route.
 */
public final class KubeNetworks implements MachineNetworks {
    private static final System.Logger LOG = System.getLogger(KubeNetworks.class.getName());
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    /** An interface's name has 15 bytes. */
    private static final int BRIDGE_CHARS = 15;

    private final Map<String, String> attachments;
    private final MachineFolders folders;
    private final KubeNames names;
    private final KubeApi api;
    /** Of machines since the start: a sweep under way must not take them for left-overs. */
    private final Set<String> made = ConcurrentHashMap.newKeySet();

    KubeNetworks(Map<String, String> attachments, MachineFolders folders, KubeNames names, KubeApi api) {
        this.attachments = Map.copyOf(attachments);
        this.folders = folders;
        this.names = names;
        this.api = api;
    }

    @Override
    public Set<String> hostNetworks() {
        return attachments.keySet();
    }

    @Override
    public void check(MachineOrder order) {
        for (NetworkLink link : order.connections().values()) {
            if (link instanceof NetworkLink.HostNetwork host && !attachments.containsKey(host.name())) {
                throw new HoldfastException(
                        AgentError.NETWORK_UNKNOWN,
                        "this host has no network '%s'; its configuration has %s"
                                .formatted(host.name(), new TreeSet<>(attachments.keySet())));
            }
        }
    }

    /** The name of the attachment that a link of the order needs. */
    String attachmentOf(MachineOrder order, NetworkLink link) {
        return switch (link) {
            case NetworkLink.HostNetwork host -> attachments.get(host.name());
            case NetworkLink.IsolatedNetwork isolated -> nameOf(new IsolatedKey(order.run(), isolated.name()));
        };
    }

    private String nameOf(IsolatedKey network) {
        return folders.namespace(network.run().toString(), network.name());
    }

    @Override
    public void create(IsolatedKey network) throws MachineFailure {
        String name = nameOf(network);
        made.add(name);
        ObjectNode object = JSON.createObjectNode()
                .put("apiVersion", "k8s.cni.cncf.io/v1")
                .put("kind", "NetworkAttachmentDefinition");
        ObjectNode metadata = object.putObject("metadata").put("name", name);
        names.labels(metadata).put(KubeNames.RUN, network.run().toString());
        ObjectNode plugin = JSON.createObjectNode()
                .put("cniVersion", "0.3.1")
                .put("type", "bridge")
                .put("bridge", "hf" + name.substring(name.length() - BRIDGE_CHARS + 2))
                .put("isGateway", false)
                .put("ipMasq", false);
        plugin.putObject("ipam");
        object.putObject("spec").put("config", plugin.toString());
        try {
            api.create(names.networks(), object);
        } catch (KubeRefused refused) {
            if (!refused.isConflict()) {
                throw new MachineFailure("an isolated network cannot be made: " + refused.getMessage(), refused);
            }
        }
    }

    @Override
    public void connect(MachineOrder order) {
        // Multus connects a machine's cards when its pod is made.
    }

    @Override
    public void remove(IsolatedKey network) {
        remove(nameOf(network));
    }

    private void remove(String name) {
        try {
            api.delete(names.networks() + "/" + name);
        } catch (KubeRefused | HoldfastException left) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "An isolated network is left behind until the next start; name=" + name + ": " + left.getMessage());
        }
    }

    /** In the background: an API server that is away must not keep the agent from its disks. */
    @Override
    public void sweep(Set<IsolatedKey> used) {
        Set<String> wanted = new HashSet<>();
        used.forEach(key -> wanted.add(nameOf(key)));
        Thread.ofVirtual().name("holdfast-kubevirt-sweep").start(() -> removeAllBut(wanted));
    }

    private void removeAllBut(Set<String> wanted) {
        try {
            JsonNode all = api.get(names.networks() + "?labelSelector=" + KubeNames.AGENT + "%3D" + names.owner())
                    .orElse(JSON.createObjectNode());
            for (JsonNode network : all.path("items")) {
                String name = network.path("metadata").path("name").asText();
                if (name.startsWith(folders.namespacePrefix()) && !wanted.contains(name) && !made.contains(name)) {
                    remove(name);
                }
            }
        } catch (KubeRefused | HoldfastException unanswered) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Isolated networks of before cannot be looked for: " + unanswered.getMessage());
        }
    }
}
