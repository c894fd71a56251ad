package io.holdfast.replicationagent.quiesce;

import io.holdfast.kernel.id.VmId;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The note of what may be frozen: on stable storage before the first freeze, taken back after the thaw. Threads: any. */
final class MayBeFrozen {
    private final FrozenNotes notes;
    private final Map<VmId, Path> sockets;

    MayBeFrozen(FrozenNotes notes) {
        this.notes = notes;
        this.sockets = new LinkedHashMap<>(notes.load());
    }

    synchronized Map<VmId, Path> now() {
        return Map.copyOf(sockets);
    }

    /** Durable when it returns; nothing has changed when it throws. */
    synchronized void add(Map<VmId, Path> guests) {
        Map<VmId, Path> next = new HashMap<>(sockets);
        next.putAll(guests);
        notes.replace(next);
        sockets.putAll(guests);
    }

    synchronized void remove(VmId guest) {
        if (sockets.remove(guest) != null) {
            notes.replace(Map.copyOf(sockets));
        }
    }
}
