package io.holdfast.simulation;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.replicationagent.stream.SegmentPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A host: disks and stable storage that outlive the agent's process, and the operations that its guests repeat until they are done. */
final class SimHost {
    private final int number;
    private final AgentId agent;
    private final HostState state;
    private final SegmentPool pool;
    private final List<SimDisk> disks = new ArrayList<>();
    private final List<Operation> unanswered = new ArrayList<>();
    private Optional<SimAgent> process = Optional.empty();

    SimHost(int number, AgentId agent, HostState state, SegmentPool pool) {
        this.number = number;
        this.agent = agent;
        this.state = state;
        this.pool = pool;
    }

    int number() {
        return number;
    }

    AgentId agent() {
        return agent;
    }

    HostState state() {
        return state;
    }

    SegmentPool pool() {
        return pool;
    }

    List<SimDisk> disks() {
        return disks;
    }

    /** Begun by a guest, and neither done nor failed when the process ended. */
    List<Operation> unanswered() {
        return unanswered;
    }

    /** Empty = the agent is down. */
    Optional<SimAgent> process() {
        return process;
    }

    void runs(SimAgent started) {
        process = Optional.of(started);
    }

    void processEnded() {
        process.ifPresent(SimAgent::ended);
        process = Optional.empty();
        state.processEnded();
    }
}
