package io.holdfast.replicationagent.machine;

import java.time.InstantSource;
import java.util.Objects;

/** What machines are run with. */
public record MachineTools(
        MachineRunner runner, MachineNetworks networks, MachineStore store, ProbeRunner probes, InstantSource clock) {
    public MachineTools {
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(networks, "networks");
        Objects.requireNonNull(store, "store");
        Objects.requireNonNull(probes, "probes");
        Objects.requireNonNull(clock, "clock");
    }

    long nowMicros() {
        return clock.millis() * 1_000;
    }
}
