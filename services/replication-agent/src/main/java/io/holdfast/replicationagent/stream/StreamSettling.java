package io.holdfast.replicationagent.stream;

import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.util.ArrayList;
import java.util.List;

/**
 * What has become durable of a stream, for the records that the agent keeps of it.
 *
 * <p>Threads: the agent's control thread.
 */
public final class StreamSettling {
    private final StreamCore core;

    StreamSettling(StreamCore core) {
        this.core = core;
    }

    /** Volumes whose INITIAL or FULL sync has become durable since the last call. */
    public List<Volume> takeWholeSyncs() {
        return core.ask(() -> {
            List<Volume> whole = new ArrayList<>();
            for (StreamVolume member : core.volumes.values()) {
                if (member.wholeSyncSeq > 0 && core.ring.ackedSeq() >= member.wholeSyncSeq) {
                    member.wholeSyncSeq = 0;
                    whole.add(member.volume());
                }
            }
            return whole;
        });
    }

    /** Whether everything appended before the map's present generation began is acknowledged. */
    public boolean isGenerationAcked(StreamVolume member) {
        return core.ask(() -> member.generationSeq >= 0 && core.ring.ackedSeq() >= member.generationSeq);
    }

    /** Whether a generation of the volume's map has begun in this epoch. */
    public boolean hasGeneration(StreamVolume member) {
        return core.ask(() -> member.generationSeq >= 0);
    }

    /** Begins a generation of the volume's write-intent map. */
    public void rotateGeneration(StreamVolume member) {
        core.locked(() -> {
            WriteIntentMap map = member.volume().intent();
            if (map != null) {
                map.rotate();
                member.generationSeq = core.ring.newestSeq();
            }
        });
    }
}
