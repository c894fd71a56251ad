package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import java.util.List;
import java.util.Optional;

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

    /**
     * Writes may be missed from now on. Called with every range of the volume held.
     *
     * @param step makes every region dirty; to be run in one step with what follows from it
     */
    default void interrupted(Runnable step) {
        step.run();
    }

    /**
     * Nothing is missed any more. Called with every range of the volume held.
     *
     * @param step makes dirty what was missed; to be run in one step with what follows from it
     * @param known false: everything stays dirty
     */
    default void resumed(Runnable step, boolean known) {
        step.run();
    }

    /** A place of the stream at which the replica will equal the disk; empty while the volume is not in sync. */
    default Optional<ReplicaMark> mark() {
        return Optional.empty();
    }

    /** Whether the replica holds everything up to the mark, durably. */
    default boolean holds(ReplicaMark mark) {
        return false;
    }
}
