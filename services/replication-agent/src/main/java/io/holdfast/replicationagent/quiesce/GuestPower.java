package io.holdfast.replicationagent.quiesce;

import java.nio.file.Path;

/** How guests are asked to shut down. Threads: any. */
@FunctionalInterface
public interface GuestPower {
    /**
     * Asks the guest to shut down and power off. The guest answers only when it will not, and its answer is not waited for.
     *
     * @throws GuestAgentException as {@link GuestAgents#connect}
     */
    void requestShutdown(Path socket, Deadline deadline) throws GuestAgentException;
}
