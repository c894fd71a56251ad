package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.quiesce.FrozenNotes;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One file: a row per machine that may be frozen. */
public final class FileFrozenNotes implements FrozenNotes {
    private final StateDirectory directory;

    public FileFrozenNotes(StateDirectory directory) {
        this.directory = directory;
    }

    private Path file() {
        return directory.file("frozen");
    }

    @Override
    public Map<VmId, Path> load() {
        Optional<byte[]> bytes = directory.read(file());
        if (bytes.isEmpty()) {
            return Map.of();
        }
        Map<VmId, Path> sockets = new LinkedHashMap<>();
        try {
            for (List<String> row : StateText.read(bytes.get()).orElseThrow(this::damaged)) {
                sockets.put(VmId.parse(row.get(0)), Path.of(row.get(1)));
            }
        } catch (IndexOutOfBoundsException | InvalidPathException malformed) {
            throw damaged();
        }
        return sockets;
    }

    private HoldfastException damaged() {
        return new HoldfastException(
                AgentError.STATE_FILE_DAMAGED,
                "the note of frozen machines in %s is damaged; see that none is frozen (guest-fsfreeze-status), then delete it"
                        .formatted(file()));
    }

    @Override
    public void replace(Map<VmId, Path> mayBeFrozen) {
        List<List<String>> rows = new ArrayList<>();
        mayBeFrozen.forEach((vm, socket) -> rows.add(List.of(vm.toString(), socket.toString())));
        directory.replace(file(), StateText.write(rows));
    }
}
