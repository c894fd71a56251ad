package io.holdfast.replicationagent.adapter.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real guests under QEMU, in isolated networks. */
class MachinesOnThisHostTest {
    @TempDir
    Path folder;

    @BeforeEach
    void the_host_can_connect_machines() {
        String missing = LinuxNetworks.missing().orElse("");
        assumeTrue(missing.isEmpty(), "NOT TESTED: networks of machines need root and " + missing);
    }

    @Test
    void a_recovered_guest_passes_every_kind_of_probe_outlives_the_agent_and_leaves_nothing_behind() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            MachineOrder order = host.guest("alpha", "10.77.0.5")
                    .probes(
                            new ReadinessProbe.Tcp("10.77.0.5", 8080, "eth0"),
                            new ReadinessProbe.Http("10.77.0.5", 8080, "/index.html", ""),
                            new ReadinessProbe.GuestAgent(),
                            new ReadinessProbe.Console("HF serving"))
                    .start();
            host.awaitReady(order);
            assertThat(host.diskText(order)).isEqualTo("alpha");
            ProcessIdentity before = ProcessIdentity.read(
                            host.folders.of(order.id()).processId())
                    .orElseThrow();

            host.reopen();
            host.await(order, "adopted", view -> view.consoleTail().contains("HF serving"));
            assertThat(before.isAlive()).isTrue();
            assertThat(host.view(order).state())
                    .isInstanceOfSatisfying(MachineState.Running.class, running -> assertThat(running.readyAtMicros())
                            .isPositive());

            host.stop(order, Duration.ofMinutes(3));
            assertThat(host.remains(order)).isEmpty();
            assertThat(before.isAlive()).isFalse();
        }
    }
}
