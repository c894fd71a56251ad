package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.hosting.SyncLedger;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** One small file per volume. A damaged one counts as "replicated once, not whole", which leads to a full sync. */
public final class FileSyncLedger implements SyncLedger {
    private static final System.Logger LOG = System.getLogger(FileSyncLedger.class.getName());
    private static final String WHOLE = "whole";
    private static final String PARTIAL = "partial";
    /** The group of an entry whose file is damaged: equals no real group. */
    private static final PgId UNKNOWN = new PgId(new UUID(0, 0));

    private final StateDirectory directory;

    public FileSyncLedger(StateDirectory directory) {
        this.directory = directory;
    }

    private Path fileOf(VolumeId volume) {
        return directory.file("volumes").resolve(volume + ".sync");
    }

    @Override
    public Optional<Entry> find(VolumeId volume) {
        Path file = fileOf(volume);
        return directory.read(file).map(bytes -> parse(file, bytes));
    }

    private static Entry parse(Path file, byte[] bytes) {
        Optional<List<List<String>>> rows = StateText.read(bytes);
        if (rows.isPresent() && rows.get().size() == 1 && rows.get().getFirst().size() == 2) {
            List<String> row = rows.get().getFirst();
            try {
                if (row.get(0).equals(WHOLE) || row.get(0).equals(PARTIAL)) {
                    return new Entry(PgId.parse(row.get(1)), row.get(0).equals(WHOLE));
                }
            } catch (HoldfastException notAnId) {
                // Said below, like every other damage.
            }
        }
        LOG.log(System.Logger.Level.WARNING, "A sync file is damaged, a full sync will follow; file=" + file);
        return new Entry(UNKNOWN, false);
    }

    @Override
    public void put(VolumeId volume, Entry entry) {
        List<String> row = List.of(entry.whole() ? WHOLE : PARTIAL, entry.pg().toString());
        directory.replace(fileOf(volume), StateText.write(List.of(row)));
    }
}
