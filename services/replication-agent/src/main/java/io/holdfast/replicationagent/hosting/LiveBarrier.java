package io.holdfast.replicationagent.hosting;

import io.holdfast.replicationagent.ownership.Barrier;

/** A running machine whose processors this agent cannot stop yet. */
final class LiveBarrier implements Barrier {
    @Override
    public void shut(String reason, Outcome outcome) {
        outcome.failed("FENCE_UNSUPPORTED", "this agent cannot stop a machine that runs under its own QEMU yet");
    }

    @Override
    public void hold(String reason) {}

    @Override
    public void lift() {}
}
