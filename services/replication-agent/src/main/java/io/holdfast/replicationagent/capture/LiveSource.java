package io.holdfast.replicationagent.capture;

import java.io.IOException;

/**
 * The running machine behind a volume whose guest writes past the agent: its writes arrive as copies, after they have reached the disk.
 *
 * <p>What is read from the disk may therefore be ahead of the stream: it can hold a write that has not arrived yet (docs/capture.md, "Reads run
 * ahead"). {@link #awaitWritesInFlight} closes that gap.
 */
public interface LiveSource {
    /** To be called before a range is locked and read: keeps {@link #awaitWritesInFlight} off meanwhile. May wait for one of them. */
    void enterRead();

    void leaveRead();

    /**
     * Returns when every write that had reached the disk before the call has also arrived here. No range may be locked by the caller: writes on
     * their way need the locks.
     *
     * @throws IOException when the machine does not answer; nothing is known then
     */
    void awaitWritesInFlight() throws IOException;

    /** The source of a disk to which everybody writes through this agent. */
    LiveSource NONE = new LiveSource() {
        @Override
        public void enterRead() {}

        @Override
        public void leaveRead() {}

        @Override
        public void awaitWritesInFlight() {}
    };
}
