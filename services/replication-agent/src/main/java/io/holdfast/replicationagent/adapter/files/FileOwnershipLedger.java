package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.ownership.Ownership;
import io.holdfast.replicationagent.ownership.OwnershipLedger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One file: a row with the boot id, then one per machine. A damaged one is never taken for an empty one. */
public final class FileOwnershipLedger implements OwnershipLedger {
    private final StateDirectory directory;

    public FileOwnershipLedger(StateDirectory directory) {
        this.directory = directory;
    }

    private Path file() {
        return directory.file("ownership");
    }

    @Override
    public Optional<Entry> load() {
        return directory.read(file()).map(this::parse);
    }

    private Entry parse(byte[] bytes) {
        List<List<String>> rows = StateText.read(bytes).orElseThrow(this::damaged);
        try {
            if (!rows.getFirst().getFirst().equals("boot")) {
                throw damaged();
            }
            Map<VmId, Ownership> vms = new LinkedHashMap<>();
            for (List<String> row : rows.subList(1, rows.size())) {
                vms.put(
                        VmId.parse(row.get(1)),
                        new Ownership(
                                Long.parseLong(row.get(2)),
                                parseFlag(row.get(3)),
                                row.get(4),
                                Long.parseLong(row.get(5)),
                                row.get(6)));
            }
            return new Entry(rows.getFirst().get(1), vms);
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | HoldfastException
                | java.util.NoSuchElementException malformed) {
            throw damaged();
        }
    }

    private static boolean parseFlag(String text) {
        return switch (text) {
            case "recovered" -> true;
            case "source" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private HoldfastException damaged() {
        return new HoldfastException(
                AgentError.STATE_FILE_DAMAGED,
                ("the record of who owns this host's machines in %s is damaged, and serving one that is owned elsewhere would make two of it; restore the file, or delete it when"
                                + " nothing of this host was ever recovered elsewhere")
                        .formatted(file()));
    }

    @Override
    public void save(Entry entry) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("boot", entry.bootId()));
        entry.vms()
                .forEach((vm, ownership) -> rows.add(List.of(
                        "vm",
                        vm.toString(),
                        Long.toString(ownership.epoch()),
                        ownership.recovered() ? "recovered" : "source",
                        ownership.owner(),
                        Long.toString(ownership.sinceMicros()),
                        ownership.runId())));
        directory.replace(file(), StateText.write(rows));
    }
}
