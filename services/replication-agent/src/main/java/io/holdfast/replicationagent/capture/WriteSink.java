package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import java.util.List;

/** Takes the captured writes of one volume: its place in a stream. */
public interface WriteSink {
    /**
     * Called with the volume's range lock over the range held. The range has been written on the disk just now.
     *
     * @param changes cover the whole range in whole blocks, without overlap; their payloads are valid during the call only
     */
    void written(long offset, long length, List<Change> changes);

    /** Called with the range lock held. The range may have been written in part: its contents on the disk are whatever they are. */
    void damaged(long offset, long length);

    /**
     * Called with no lock held, when a write is done and its guest is to be told now. May wait, for the limit of a hold over several streams at most
     * (500 ms).
     */
    default void completing() {}
}
