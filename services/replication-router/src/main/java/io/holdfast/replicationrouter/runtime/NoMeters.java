package io.holdfast.replicationrouter.runtime;

import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.Discard;

/** Counts nothing: for a router that runs inside a simulation, which counts what it looks at. */
public class NoMeters implements RouterMeters {
    @Override
    public void sessionOpened() {}

    @Override
    public void sessionClosed(String reason) {}

    @Override
    public void rejected(String code) {}

    @Override
    public void batchForwarded(int sizeBytes) {}

    @Override
    public void batchDropped(String reason) {}

    @Override
    public void produced(long nanos) {}

    @Override
    public void produceFailed() {}

    @Override
    public void inFlightBytes(long bytes) {}

    @Override
    public void waitingRoomBytes(long bytes) {}

    @Override
    public void allHeld(long nanos) {}

    @Override
    public void holdEnded(long heldMicros, boolean expired) {}

    @Override
    public void guestsFrozen(long micros) {}

    @Override
    public void appCheckpointFailed(String code) {}

    @Override
    public void checkpointCut(Cut.Kind kind) {}

    @Override
    public void checkpointDiscarded(Discard why) {}

    @Override
    public void streamReset(String reason) {}

    @Override
    public void commandAnswered(String code) {}

    @Override
    public void hashesAnswered(String code) {}

    @Override
    public void rangesResent(int ranges) {}

    @Override
    public void resendRefused(String code) {}
}
