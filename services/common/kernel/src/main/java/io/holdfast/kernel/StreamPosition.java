package io.holdfast.kernel;

import java.util.Objects;

/** A place in a stream: everything up to and including {@code seq} of {@code epoch}. */
public record StreamPosition(Epoch epoch, Seq seq) implements Comparable<StreamPosition> {
    public static final StreamPosition START = new StreamPosition(Epoch.NONE, Seq.NONE);

    public StreamPosition {
        Objects.requireNonNull(epoch, "epoch");
        Objects.requireNonNull(seq, "seq");
    }

    @Override
    public int compareTo(StreamPosition other) {
        int byEpoch = epoch.compareTo(other.epoch);
        return byEpoch != 0 ? byEpoch : seq.compareTo(other.seq);
    }

    @Override
    public String toString() {
        return epoch + ":" + seq;
    }
}
