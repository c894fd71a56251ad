package io.holdfast.replicationagent.machine;

/** What a network card is connected to. */
public sealed interface NetworkLink {
    String name();

    /** A network of the host, by the name in its configuration. */
    record HostNetwork(String name) implements NetworkLink {
        public HostNetwork {
            requireName("links.host_network", name);
        }
    }

    /** A network without any way out, for the machines of one run on one host. */
    record IsolatedNetwork(String name) implements NetworkLink {
        public IsolatedNetwork {
            requireName("links.isolated_network", name);
        }
    }

    private static void requireName(String field, String name) {
        SpecCheck.require(!name.isEmpty() && MachineSpec.Nic.isLabel(name), field, name, "1 to 200 characters");
    }
}
