package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.replicationagent.machine.MachineOrder;

/**
 * Where objects are and whose. Names are derived, so that a crashed agent finds them again; labels name agent and machine, so that it takes nobody else's for its
 * own.
 *
 * @param namespace of everything that the adapter makes
 * @param owner the agent's id
 */
record KubeNames(String namespace, String owner) {
    static final String AGENT = "holdfast.io/agent";
    static final String MACHINE = "holdfast.io/machine";
    static final String RUN = "holdfast.io/run";

    static String machine(MachineOrder order) {
        return "hf-" + order.id().uuid();
    }

    private String in(String group, String kind) {
        return "/apis/%s/namespaces/%s/%s".formatted(group, namespace, kind);
    }

    String machines() {
        return in("kubevirt.io/v1", "virtualmachines");
    }

    String machinePath(MachineOrder order) {
        return machines() + "/" + machine(order);
    }

    /** The running copy of a machine, under the same name. */
    String instancePath(MachineOrder order) {
        return in("kubevirt.io/v1", "virtualmachineinstances") + "/" + machine(order);
    }

    String unpause(MachineOrder order) {
        return in("subresources.kubevirt.io/v1", "virtualmachineinstances") + "/" + machine(order) + "/unpause";
    }

    String stop(MachineOrder order) {
        return in("subresources.kubevirt.io/v1", "virtualmachines") + "/" + machine(order) + "/stop";
    }

    String scripts() {
        return "/api/v1/namespaces/%s/configmaps".formatted(namespace);
    }

    String scriptPath(MachineOrder order) {
        return scripts() + "/" + machine(order);
    }

    String pods() {
        return "/api/v1/namespaces/%s/pods".formatted(namespace);
    }

    String networks() {
        return in("k8s.cni.cncf.io/v1", "network-attachment-definitions");
    }

    /** Into an object's metadata. */
    void label(ObjectNode metadata, MachineOrder order) {
        labels(metadata)
                .put(MACHINE, order.id().uuid().toString())
                .put(RUN, order.run().toString());
    }

    ObjectNode labels(ObjectNode metadata) {
        return metadata.withObjectProperty("labels")
                .put("app.kubernetes.io/managed-by", "holdfast")
                .put(AGENT, owner);
    }

    boolean isOurs(JsonNode object, MachineOrder order) {
        JsonNode labels = object.path("metadata").path("labels");
        return labels.path(AGENT).asText().equals(owner)
                && labels.path(MACHINE).asText().equals(order.id().uuid().toString());
    }
}
