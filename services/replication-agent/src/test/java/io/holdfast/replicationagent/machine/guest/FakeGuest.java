package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A guest whose agent keeps to QEMU's protocol: an end is told once, and a process that was told of, or is of before a restart, is not known. */
public final class FakeGuest implements GuestDoor {
    /** Every program that was begun. */
    public final List<Program> begun = new ArrayList<>();

    private final Map<Long, Program> running = new LinkedHashMap<>();
    /** How a program ends; empty = it goes on. */
    private Function<Program, Optional<End>> ends = _ -> Optional.of(new End(0, "done"));

    private GuestAgentException failure;
    private String system = "debian";
    private Map<String, String> cards = Map.of();

    public synchronized FakeGuest ending(Function<Program, Optional<End>> how) {
        ends = how;
        return this;
    }

    public synchronized FakeGuest with(String name, Map<String, String> cardsByMac) {
        system = name;
        cards = cardsByMac;
        return this;
    }

    /** Every question fails with it; {@code null} = none does. */
    public synchronized FakeGuest failing(GuestAgentException with) {
        failure = with;
        return this;
    }

    /** Knows nothing of what ran before. */
    public synchronized void restart() {
        running.clear();
    }

    private void answer() throws GuestAgentException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public synchronized long begin(Program program, Deadline deadline) throws GuestAgentException {
        answer();
        begun.add(program);
        running.put((long) begun.size(), program);
        return begun.size();
    }

    @Override
    public synchronized Optional<End> look(long processId, Deadline deadline) throws GuestAgentException {
        answer();
        if (!running.containsKey(processId)) {
            throw new GuestAgentException(Kind.REFUSED, "PID " + processId + " does not exist");
        }
        Optional<End> end = ends.apply(running.get(processId));
        end.ifPresent(_ -> running.remove(processId));
        return end;
    }

    @Override
    public synchronized String system(Deadline deadline) throws GuestAgentException {
        answer();
        return system;
    }

    @Override
    public synchronized Map<String, String> cards(Deadline deadline) throws GuestAgentException {
        answer();
        return cards;
    }
}
