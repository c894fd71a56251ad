package io.holdfast.e2e.story;

import io.holdfast.e2e.tools.Command;
import java.util.Set;

/** An isolated network of a run on this host, and a client of the services in it: nothing else reaches its machines. */
public final class RunNetwork {
    private static final String CLIENT = "10.77.0.99/24";
    private static final String SECONDS_TO_ANSWER = "10";

    private final String namespace;

    private RunNetwork(String namespace) {
        this.namespace = namespace;
    }

    /**
     * Goes into the only one of them.
     *
     * @param made isolated networks that a run has made
     * @throws AssertionError when there are none, or several
     */
    public static RunNetwork only(Set<String> made) {
        if (made.size() != 1) {
            throw new AssertionError("there should be one isolated network, and there are " + made);
        }
        RunNetwork network = new RunNetwork(made.iterator().next());
        String bridge = Command.run(
                        RecordsVm.PATIENCE, "ip", "-n", network.namespace, "-br", "link", "show", "type", "bridge")
                .split(" ")[0];
        Command.run(RecordsVm.PATIENCE, "ip", "-n", network.namespace, "addr", "replace", CLIENT, "dev", bridge);
        return network;
    }

    /** How many records the VM's machine says that it has forced by now. */
    public long records(RecordsVm vm) {
        return Long.parseLong(get(vm, "count"));
    }

    /** What the VM's machine says that it had found when it started, such as {@code 7 gap-free}. */
    public String found(RecordsVm vm) {
        return get(vm, "found");
    }

    private String get(RecordsVm vm, String page) {
        String url = "http://%s/%s".formatted(vm.address(), page);
        return Command.run(
                        RecordsVm.PATIENCE,
                        "ip",
                        "netns",
                        "exec",
                        namespace,
                        "curl",
                        "-s",
                        "-m",
                        SECONDS_TO_ANSWER,
                        url)
                .strip();
    }
}
