package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/** What runs the machines of a host; one for each agent. */
public sealed interface Hypervisor {
    /** As the setting {@code holdfast.agent.machines.hypervisor} names them. */
    enum Kind {
        QEMU,
        LIBVIRT,
        KUBEVIRT;

        /** @throws HoldfastException {@code INVALID_CONFIGURATION} */
        public static Kind parse(String text) {
            for (Kind kind : values()) {
                if (kind.name().equals(text)) {
                    return kind;
                }
            }
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.agent.machines.hypervisor is '%s'; %s are allowed"
                            .formatted(text, Arrays.toString(values())));
        }
    }

    /** @param program of QEMU, a name on the search path or a path */
    record Qemu(String program) implements Hypervisor {}

    /**
     * Domains of a libvirt on this host.
     *
     * @param uri of its connection
     */
    record Libvirt(String uri) implements Hypervisor {}

    /**
     * VirtualMachine objects of the cluster that this host is a node of.
     *
     * @param server the API server
     * @param account folder of a service account: its token, and the cluster's authority
     * @param namespace of the machines
     * @param node that they run on; empty = any
     */
    record KubeVirt(URI server, Path account, String namespace, String node) implements Hypervisor {
        private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

        /** @throws HoldfastException {@code INVALID_CONFIGURATION} */
        public KubeVirt {
            if (!NAME.matcher(namespace).matches()) {
                throw new HoldfastException(
                        CommonError.INVALID_CONFIGURATION,
                        "holdfast.agent.machines.kubernetes-namespace is '%s'; the name of a namespace has 1 to 63 lower-case letters, digits and hyphens"
                                .formatted(namespace));
            }
        }
    }
}
