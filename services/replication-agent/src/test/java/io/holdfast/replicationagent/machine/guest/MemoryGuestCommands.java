package io.holdfast.replicationagent.machine.guest;

import java.util.List;

/** Guest commands in memory, which outlives the agents of a test. */
public final class MemoryGuestCommands implements GuestCommandStore {
    private List<GuestCommandRecord> commands = List.of();

    @Override
    public synchronized List<GuestCommandRecord> load() {
        return commands;
    }

    @Override
    public synchronized void save(List<GuestCommandRecord> next) {
        commands = List.copyOf(next);
    }
}
