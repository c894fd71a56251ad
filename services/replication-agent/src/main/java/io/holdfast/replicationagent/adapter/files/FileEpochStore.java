package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationagent.hosting.EpochStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** One small file per group. A damaged one counts as lost: the clock alone then makes the epoch grow. */
public final class FileEpochStore implements EpochStore {
    private static final System.Logger LOG = System.getLogger(FileEpochStore.class.getName());

    private final StateDirectory directory;
    private final Clock clock;

    public FileEpochStore(StateDirectory directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    @Override
    public Epoch next(PgId pg) {
        Path file = directory.file("streams").resolve(pg.toString());
        long last = directory.read(file).map(bytes -> parse(file, bytes)).orElse(0L);
        Epoch next = new Epoch(Math.max(last + 1, clock.millis()));
        directory.replace(file, StateText.write(List.of(List.of("epoch", next.toString()))));
        return next;
    }

    private static long parse(Path file, byte[] bytes) {
        Optional<List<List<String>>> rows = StateText.read(bytes);
        try {
            if (rows.isPresent() && rows.get().getFirst().getFirst().equals("epoch")) {
                return new Epoch(Long.parseLong(rows.get().getFirst().get(1))).value();
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException | java.util.NoSuchElementException damaged) {
            // Said below, like every other damage.
        }
        LOG.log(System.Logger.Level.WARNING, "An epoch file is damaged, the clock decides alone; file=" + file);
        return 0;
    }
}
