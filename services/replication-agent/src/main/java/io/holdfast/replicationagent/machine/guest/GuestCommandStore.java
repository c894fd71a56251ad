package io.holdfast.replicationagent.machine.guest;

import java.util.List;

/** The guest commands of one machine. Durable when a call returns. Threads: one at a time. */
public interface GuestCommandStore {
    List<GuestCommandRecord> load();

    /** All of them, in the order in which they came. */
    void save(List<GuestCommandRecord> commands);
}
