package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Arrays;

/** What runs the machines of a host; one for each agent. */
public sealed interface Hypervisor {
    /** As the setting {@code holdfast.agent.machines.hypervisor} names them. */
    enum Kind {
        QEMU,
        LIBVIRT;

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
}
