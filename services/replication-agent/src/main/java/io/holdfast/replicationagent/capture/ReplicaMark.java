package io.holdfast.replicationagent.capture;

/** A place in a stream at which a volume's replica equals its disk. */
public record ReplicaMark(long epoch, long seq) {}
