package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.hosting.IntentMaps;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The maps in the state directory. */
public final class FileIntentMaps implements IntentMaps {
    private final StateDirectory directory;

    public FileIntentMaps(StateDirectory directory) {
        this.directory = directory;
    }

    private Path fileOf(VolumeId volume) {
        return directory.file("volumes").resolve(volume + ".intent");
    }

    @Override
    public Optional<WriteIntentMap> open(VolumeId volume, long sizeBytes) {
        Path file = fileOf(volume);
        try {
            return IntentFile.open(directory, file, volume, sizeBytes)
                    .map(existing -> new WriteIntentMap(existing.file(), sizeBytes, existing.marked()));
        } catch (IOException unreadable) {
            throw StateDirectory.unusable(file, unreadable);
        }
    }

    @Override
    public WriteIntentMap create(VolumeId volume, long sizeBytes) {
        Path file = fileOf(volume);
        try {
            int words = WriteIntentMap.sectorsFor(sizeBytes)
                    * io.holdfast.replicationagent.intent.IntentStore.WORDS_PER_SECTOR;
            return new WriteIntentMap(
                    IntentFile.create(directory, file, volume, sizeBytes), sizeBytes, new long[words]);
        } catch (IOException unusable) {
            throw StateDirectory.unusable(file, unusable);
        }
    }
}
