package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.util.Optional;

/** The persistent write-intent maps by volume. */
public interface IntentMaps {
    /** The map as the last process left it; empty when it is missing, damaged, or of another volume or size. */
    Optional<WriteIntentMap> open(VolumeId volume, long sizeBytes);

    /** A new map with nothing marked, in the place of any older one. Durable when it returns. */
    WriteIntentMap create(VolumeId volume, long sizeBytes);
}
