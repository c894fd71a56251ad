package io.holdfast.recoveryplan.drift;

/**
 * One thing of a machine that is not what it was.
 *
 * @param what stable, such as {@code memoryBytes} or {@code nic eth0 network}
 * @param before as text; empty = it was not there
 * @param now as text; empty = it is not there any more
 */
public record Change(String what, String before, String now) {}
