package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import java.util.List;

/** Takes the captured writes of one volume: its place in a stream. Called with the volume's range lock over the range held. */
public interface WriteSink {
    /**
     * The range has been written on the disk just now.
     *
     * @param changes cover the whole range in whole blocks, without overlap; their payloads are valid during the call only
     */
    void written(long offset, long length, List<Change> changes);

    /** The range may have been written in part: its contents on the disk are whatever they are. */
    void damaged(long offset, long length);
}
