package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.hosting.TrackingStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** One file per volume, one row of names. */
public final class FileTrackingStore implements TrackingStore {
    private final StateDirectory directory;

    public FileTrackingStore(StateDirectory directory) {
        this.directory = directory;
    }

    private Path fileOf(VolumeId volume) {
        return directory.file("volumes").resolve(volume + ".tracking");
    }

    @Override
    public Set<String> load(VolumeId volume) {
        return directory
                .read(fileOf(volume))
                .flatMap(StateText::read)
                .filter(rows -> rows.size() == 1)
                .map(rows -> Set.copyOf(rows.getFirst()))
                .orElse(Set.of());
    }

    @Override
    public void save(VolumeId volume, Set<String> names) {
        directory.replace(fileOf(volume), StateText.write(names.isEmpty() ? List.of() : List.of(List.copyOf(names))));
    }
}
