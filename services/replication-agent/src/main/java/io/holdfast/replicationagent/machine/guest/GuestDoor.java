package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The way into a machine's guest: its agent. Each call is a conversation of its own, so that the guest is free for others in between. Threads: any.
 *
 * <p>{@code REFUSED} always means that nothing was done.
 */
public interface GuestDoor {
    /**
     * A program in the guest, without a shell.
     *
     * @param environment all of it
     */
    record Program(String path, List<String> arguments, Map<String, String> environment) {
        public Program {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }
    }

    /**
     * How a program ended.
     *
     * @param exitCode 128 and the signal's number for one that a signal ended
     * @param output the one stream behind the other; not trusted
     */
    record End(int exitCode, String output) {}

    /** Begins the program; its process id in the guest. */
    long begin(Program program, Deadline deadline) throws GuestAgentException;

    /** Empty = it runs. An end is told once; whoever asks again is refused, as for a process that the guest does not know. */
    Optional<End> look(long processId, Deadline deadline) throws GuestAgentException;

    /** Short name of the guest's operating system, as {@code debian} or {@code mswindows}. */
    String system(Deadline deadline) throws GuestAgentException;

    /** Names of the guest's network cards by MAC in lower case. */
    Map<String, String> cards(Deadline deadline) throws GuestAgentException;
}
