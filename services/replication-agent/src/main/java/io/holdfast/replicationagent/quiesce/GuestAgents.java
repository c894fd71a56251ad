package io.holdfast.replicationagent.quiesce;

import java.nio.file.Path;
import java.util.Set;

/** How guests are reached. Threads: any. */
public interface GuestAgents {
    /**
     * Connects and makes sure that answers belong to questions from now on.
     *
     * @throws GuestAgentException {@code GONE} when nobody listens on the socket, else {@code SILENT} or {@code BROKEN}
     */
    Connection connect(Path socket, Deadline deadline) throws GuestAgentException;

    /**
     * A conversation with one guest's agent. After an exception other than {@code REFUSED} it is of no use any more.
     *
     * <p>Threads: one at a time.
     */
    interface Connection extends AutoCloseable {
        /** Names of the commands that the guest lets one use now. */
        Set<String> allowedCommands(Deadline deadline) throws GuestAgentException;

        /** Freezes every file system that the guest can freeze; how many that are. Its own hooks run first. */
        long freeze(Deadline deadline) throws GuestAgentException;

        boolean isFrozen(Deadline deadline) throws GuestAgentException;

        /** How many file systems were thawed; 0 when none was frozen. */
        long thaw(Deadline deadline) throws GuestAgentException;

        /** Runs the hook to its end. */
        HookResult run(Hook hook, Deadline deadline) throws GuestAgentException;

        @Override
        void close();
    }

    /** @param output of both streams, at most 16 KiB; for a person */
    record HookResult(int exitCode, String output) {}
}
