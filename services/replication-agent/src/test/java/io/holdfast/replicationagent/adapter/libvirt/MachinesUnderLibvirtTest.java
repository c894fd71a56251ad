package io.holdfast.replicationagent.adapter.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.RunId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.HostedMachines;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineView;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import io.holdfast.replicationagent.machine.guest.GuestCommandState;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recovered guests in domains of a real libvirtd; needs root, for their networks. */
class MachinesUnderLibvirtTest {
    private static PrivateLibvirt libvirt;

    @TempDir
    Path folder;

    @BeforeAll
    static void daemon() throws IOException {
        libvirt = new PrivateLibvirt();
    }

    @AfterAll
    static void end() throws IOException {
        libvirt.close();
    }

    private HostedMachines host() throws IOException {
        return new HostedMachines(
                folder,
                (settings, folders) -> new LibvirtRunner(new Hypervisor.Libvirt(libvirt.uri()), settings, folders));
    }

    @Test
    void guests_are_ready_in_a_network_without_a_way_out_outlive_agent_and_libvirtd_and_end_in_order()
            throws Exception {
        try (HostedMachines host = host()) {
            RunId run = RunId.random();
            MachineOrder alpha = host.guest("alpha", "10.77.0.5")
                    .run(run)
                    .probes(
                            new ReadinessProbe.Tcp("10.77.0.5", 8080, "eth0"),
                            new ReadinessProbe.Http("10.77.0.5", 8080, "/index.html", ""),
                            new ReadinessProbe.GuestAgent(),
                            new ReadinessProbe.Console("HF serving"))
                    .start();
            host.awaitReady(alpha);
            assertThat(host.diskText(alpha)).isEqualTo("alpha");
            List<String> outside = addressesOfThisHost();
            MachineOrder beta = host.guest("beta", "10.77.0.6")
                    .run(run)
                    .words("holdfast.reach=10.77.0.5," + String.join(",", outside))
                    .probes(new ReadinessProbe.Console("HF serving"))
                    .start();

            libvirt.kill();
            host.reopen();
            libvirt.start();
            host.await(alpha, "adopted", view -> view.consoleTail().contains("HF serving"));
            assertThat(host.view(alpha).state())
                    .isInstanceOfSatisfying(MachineState.Running.class, running -> assertThat(running.readyAtMicros())
                            .isPositive());

            MachineView seen = host.awaitReady(beta);
            // The one in its network is reached, so the others are not for want of a network.
            assertThat(seen.consoleTail()).contains("HF reached 10.77.0.5");
            assertThat(outside).isNotEmpty().allSatisfy(address -> assertThat(seen.consoleTail())
                    .contains("HF cannot reach " + address));
            assertThat(Path.of("/sys/class/net", host.folders.tap(alpha.id(), 0)))
                    .as("nothing of the guest's network is outside")
                    .doesNotExist();

            host.machines.runInGuest(alpha.id(), inGuest("/bin/echo", "through", "libvirt"));
            host.machines.runInGuest(alpha.id(), inGuest("/no/such/thing"));
            assertThat(host.await(
                                    alpha,
                                    "commands in its guest",
                                    view -> view.guestCommands().size() == 2
                                            && view.guestCommands().stream()
                                                    .allMatch(record ->
                                                            record.state() instanceof GuestCommandState.Ended))
                            .guestCommands())
                    .extracting(record -> (GuestCommandState.Ended) record.state())
                    .satisfiesExactly(
                            echo -> assertThat(echo.output()).isEqualTo("through libvirt"),
                            missing -> assertThat(missing.failure()).contains(AgentError.GUEST_COMMAND_REFUSED));

            host.stop(beta, Duration.ZERO);
            assertThat(host.remains(beta))
                    .as("alpha needs the network still")
                    .singleElement()
                    .asString()
                    .startsWith("/run/netns/");
            host.stop(alpha, Duration.ofMinutes(3));
            assertThat(host.remains(alpha)).isEmpty();
        }
    }

    private static GuestCommand inGuest(String path, String... arguments) {
        return new GuestCommand(path, 1, path, List.of(arguments), Duration.ofMinutes(2), false);
    }

    @Test
    void a_guest_has_what_was_meant_whatever_its_names_hold_and_its_last_words_are_kept() throws Exception {
        try (HostedMachines host = host()) {
            MachineOrder order = host.guest("alpha", "10.77.0.5")
                    .names(
                            "a'b\"c</source><x y=\"/etc/passwd\">&amp; {} ; $(reboot)\n Grüße",
                            "serial-1.a_b+c",
                            "../lan,<&>;$(id)\n")
                    .words("holdfast.off=yes")
                    .start();

            MachineView failed = host.await(order, "failed", view -> view.state() instanceof MachineState.Failed);

            assertThat(failed.state())
                    .isInstanceOfSatisfying(MachineState.Failed.class, state -> assertThat(state.code())
                            .isEqualTo(AgentError.MACHINE_ENDED));
            assertThat(failed.consoleTail()).contains("HF serial <serial-1.a_b+c>", "HF last words");
            assertThat(host.diskText(order)).isEqualTo("alpha");
            host.stop(order, Duration.ofMinutes(1));
            assertThat(host.remains(order)).isEmpty();
        }
    }

    private static List<String> addressesOfThisHost() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .toList();
    }
}
