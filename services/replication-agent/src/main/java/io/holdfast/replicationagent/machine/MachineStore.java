package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.machine.guest.GuestCommandStore;
import java.util.List;

/** Orders and how far they have come. Durable when a call returns. Threads: any, one at a time for each machine. */
public interface MachineStore {
    /** Every machine that can be read. */
    List<MachineRecord> load();

    void save(MachineRecord machine);

    /** Where the commands for the machine's guest are kept. */
    GuestCommandStore guestCommands(MachineId machine);

    /** Forgets the machine, its guest's commands too; one that is not known is a success. */
    void delete(MachineId machine);
}
