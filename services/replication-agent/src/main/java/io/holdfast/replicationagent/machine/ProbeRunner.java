package io.holdfast.replicationagent.machine;

import java.util.Optional;

/** Tries probes that go over a network, once each call, within three seconds. Threads: any. */
@FunctionalInterface
public interface ProbeRunner {
    /** Why it did not pass; empty = it passed. */
    Optional<String> attempt(MachineOrder order, ReadinessProbe.Network probe);
}
