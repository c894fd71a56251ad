package io.holdfast.replicationagent.hosting;

/**
 * Numbers of one live machine.
 *
 * @param connected whether its QEMU is reached now
 * @param interruptions times that writes of a disk may have been missed, since the start
 * @param polls intervals that were completed; 0 for a tap
 * @param lastFailure why the last attempt to attach failed; empty when it did not
 */
public record LiveState(boolean connected, long interruptions, long polls, String lastFailure) {}
