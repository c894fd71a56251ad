package io.holdfast.replicationagent.machine;

import java.util.List;

/** Orders and how far they have come. Durable when a call returns. Threads: any, one at a time for each machine. */
public interface MachineStore {
    /** Every machine that can be read. */
    List<MachineRecord> load();

    void save(MachineRecord machine);

    /** Forgets the machine; one that is not known is a success. */
    void delete(MachineId machine);
}
