package io.holdfast.replicationagent.adapter.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.kernel.id.RunId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineView;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import io.holdfast.replicationagent.machine.Screen;
import io.holdfast.replicationagent.machine.guest.GuestAddresses;
import io.holdfast.replicationagent.machine.guest.GuestAddresses.Prefixed;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import io.holdfast.replicationagent.machine.guest.GuestCommandState;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
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
            assertThat(host.machines.screens(0)).singleElement().satisfies(screen -> {
                assertThat(screen.moment()).isEqualTo(Screen.Moment.READY);
                BufferedImage display =
                        ImageIO.read(new ByteArrayInputStream(screen.picture().png()));
                assertThat(display.getWidth()).isGreaterThanOrEqualTo(640);
            });
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

    @Test
    void a_command_runs_inside_of_a_real_guest_and_is_taken_up_by_the_next_agent() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            MachineOrder order = host.guest("alpha", "10.77.0.5").start();
            host.await(order, "running", view -> view.state() instanceof MachineState.Running);
            host.machines.runInGuest(
                    order.id(),
                    inShell(
                            "slow",
                            "echo key $HOLDFAST_IDEMPOTENCY_KEY attempt $HOLDFAST_ATTEMPT; echo once >>/begun; sleep 5"));
            // Its order of things is kept, so it ends behind the other.
            host.machines.runInGuest(order.id(), inShell("fails", "wc -l </begun; echo oh >&2; exit 3"));
            host.await(
                    order, "begun", view -> view.guestCommands().getFirst().state() instanceof GuestCommandState.Begun);

            host.reopen();
            MachineView ended = host.await(
                    order,
                    "both ended",
                    view -> view.guestCommands().size() == 2
                            && view.guestCommands().stream()
                                    .allMatch(record -> record.state() instanceof GuestCommandState.Ended));

            assertThat(ended.guestCommands())
                    .extracting(record -> (GuestCommandState.Ended) record.state())
                    .satisfiesExactly(
                            slow -> {
                                assertThat(slow.failure()).isEmpty();
                                assertThat(slow.output()).isEqualTo("key slow attempt 1");
                            },
                            fails -> {
                                assertThat(fails.failure()).contains(AgentError.GUEST_COMMAND_FAILED);
                                assertThat(fails.message()).isEqualTo("exit code 3");
                                assertThat(fails.output().strip())
                                        .as("the first was begun once")
                                        .matches("1\\s+oh");
                            });
            host.machines.runInGuest(
                    order.id(),
                    new GuestCommand("missing", 1, "/no/such/thing", List.of(), Duration.ofSeconds(60), false));
            MachineView refused = host.await(
                    order,
                    "refused",
                    view -> view.guestCommands().getLast().command().key().equals("missing")
                            && view.guestCommands().getLast().state() instanceof GuestCommandState.Ended);
            assertThat(((GuestCommandState.Ended)
                                    refused.guestCommands().getLast().state())
                            .failure())
                    .contains(AgentError.GUEST_COMMAND_REFUSED);
            host.stop(order, Duration.ZERO);
            assertThat(host.remains(order)).isEmpty();
        }
    }

    @Test
    void a_real_guest_is_given_other_addresses_and_is_probed_there() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            MachineOrder order = host.guest("alpha", "10.77.0.5")
                    .given(new GuestAddresses(
                            List.of(Prefixed.parse("10.88.3.7/24"), Prefixed.parse("fd00:88::7/64")),
                            List.of("10.88.3.1"),
                            List.of("10.88.3.2", "10.88.3.3")))
                    .probes(new ReadinessProbe.Tcp("10.88.3.7", 8080, "eth0"))
                    .start();
            host.awaitReady(order);

            host.machines.runInGuest(
                    order.id(), inShell("look", "ip addr show dev eth0; ip route; cat /etc/resolv.conf"));
            String seen = ((GuestCommandState.Ended) host.await(
                                    order,
                                    "looked",
                                    view -> view.guestCommands().size() == 1
                                            && view.guestCommands().getFirst().state()
                                                    instanceof GuestCommandState.Ended)
                            .guestCommands()
                            .getFirst()
                            .state())
                    .output();
            assertThat(seen)
                    .contains(
                            "10.88.3.7/24",
                            "fd00:88::7/64",
                            "default via 10.88.3.1",
                            "nameserver 10.88.3.2",
                            "nameserver 10.88.3.3")
                    .doesNotContain("10.77.0.5");
            host.stop(order, Duration.ZERO);
            assertThat(host.remains(order)).isEmpty();
        }
    }

    private static GuestCommand inShell(String key, String script) {
        return new GuestCommand(key, 1, "/bin/sh", List.of("-c", script), Duration.ofMinutes(3), false);
    }

    @Test
    void an_isolated_network_holds_its_own_run_and_nothing_else_and_two_runs_use_the_same_addresses() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            RunId run = RunId.random();
            ReadinessProbe console = new ReadinessProbe.Console("HF serving");
            MachineOrder alpha = host.guest("alpha", "10.77.0.5")
                    .run(run)
                    .probes(console, new ReadinessProbe.Tcp("10.77.0.5", 8080, "eth0"))
                    .start();
            MachineOrder gamma = host.guest("gamma", "10.77.0.5")
                    .probes(console, new ReadinessProbe.Tcp("10.77.0.5", 8080, "eth0"))
                    .start();
            host.awaitReady(alpha);
            host.awaitReady(gamma);
            List<String> outside = addressesOfThisHost();
            MachineOrder beta = host.guest("beta", "10.77.0.6")
                    .run(run)
                    .words("holdfast.reach=10.77.0.5," + String.join(",", outside))
                    .probes(console)
                    .start();
            MachineView seen = host.awaitReady(beta);

            // The one in its network is reached, so the others are not for want of a network.
            assertThat(seen.consoleTail()).contains("HF reached 10.77.0.5");
            assertThat(outside).isNotEmpty().allSatisfy(address -> assertThat(seen.consoleTail())
                    .contains("HF cannot reach " + address));
            assertThat(page(host, alpha)).endsWith("alpha\n");
            assertThat(page(host, gamma)).endsWith("gamma\n");
            assertThat(Path.of("/sys/class/net", host.folders.tap(alpha.id(), 0)))
                    .as("nothing of the guest's network is outside")
                    .doesNotExist();

            host.stop(beta, Duration.ZERO);
            assertThat(host.remains(beta))
                    .as("alpha needs the network still")
                    .singleElement()
                    .asString()
                    .startsWith("/run/netns/");
            host.stop(alpha, Duration.ZERO);
            host.stop(gamma, Duration.ZERO);
            for (MachineOrder order : List.of(alpha, beta, gamma)) {
                assertThat(host.remains(order)).isEmpty();
            }
        }
    }

    @Test
    void a_guest_ends_with_its_agent_where_the_host_wants_it_so_and_is_told_as_ended() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            host.endWithAgent = true;
            host.reopen();
            MachineOrder order = host.guest("alpha", "10.77.0.5").start();
            host.await(order, "running", view -> view.state() instanceof MachineState.Running);
            ProcessIdentity before = ProcessIdentity.read(
                            host.folders.of(order.id()).processId())
                    .orElseThrow();

            host.reopen();

            assertThat(before.isAlive()).isFalse();
            host.await(order, "failed", view -> view.state() instanceof MachineState.Failed);
            host.stop(order, Duration.ZERO);
            assertThat(host.remains(order)).isEmpty();
        }
    }

    @Test
    void a_guest_that_powers_itself_off_has_failed_and_its_last_words_are_kept_until_it_is_stopped() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            MachineOrder order =
                    host.guest("alpha", "10.77.0.5").words("holdfast.off=yes").start();

            MachineView failed = host.await(order, "failed", view -> view.state() instanceof MachineState.Failed);
            assertThat(failed.state())
                    .isInstanceOfSatisfying(MachineState.Failed.class, state -> assertThat(state.code())
                            .isEqualTo(AgentError.MACHINE_ENDED));
            assertThat(failed.consoleTail()).contains("HF last words");
            assertThat(ProcessIdentity.read(host.folders.of(order.id()).processId()))
                    .hasValueSatisfying(process -> assertThat(process.isAlive()).isFalse());

            host.reopen();
            host.await(order, "words of before", view -> view.consoleTail().contains("HF last words"));
            host.stop(order, Duration.ofMinutes(1));
            assertThat(host.remains(order)).isEmpty();
        }
    }

    @Test
    void a_guest_has_the_disk_that_was_meant_whatever_its_names_hold() throws Exception {
        try (HostedMachines host = new HostedMachines(folder)) {
            MachineOrder order = host.guest("alpha", "10.77.0.5")
                    .names(
                            "a,b=\"c\",file.filename=/etc/passwd {} ' ; $(reboot) Grüße",
                            "x,id=1,\"y\\ 'z",
                            "../lan,;$(id)\n")
                    .probes(
                            new ReadinessProbe.Console("HF serial <x,id=1,\"y\\ 'z>"),
                            new ReadinessProbe.Tcp("10.77.0.5", 8080, ""))
                    .start();
            host.awaitReady(order);
            assertThat(host.diskText(order)).isEqualTo("alpha");

            // As kill -9 by somebody, or by the kernel when memory runs out.
            ProcessIdentity.read(host.folders.of(order.id()).processId())
                    .orElseThrow()
                    .kill();
            MachineView failed = host.await(order, "failed", view -> view.state() instanceof MachineState.Failed);
            assertThat(failed.state().toString()).contains("MACHINE_ENDED");
            host.stop(order, Duration.ZERO);
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

    /** What the guest at the one address says, asked from inside its network. */
    private static String page(HostedMachines host, MachineOrder order) throws Exception {
        LinuxNetworks networks = new LinuxNetworks(java.util.Map.of(), host.folders);
        IsolatedKey network = order.isolatedNetworks().iterator().next();
        InetAddress guest = InetAddress.getByName("10.77.0.5");
        ProbeSource sources = new ProbeSource(networks);
        // Beta has the first neighbour.
        ProbeSource.Path path = sources.acquire(
                networks.namespaceOf(network), guest, Set.of(guest, InetAddress.getByName("10.77.0.6")));
        try {
            return NamespaceThread.call(
                    Path.of("/run/netns", networks.namespaceOf(network)), Duration.ofSeconds(60), () -> {
                        try (Socket socket = new Socket(guest, 8080)) {
                            socket.setSoTimeout(60_000);
                            socket.getOutputStream()
                                    .write("GET /index.html HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                        }
                    });
        } finally {
            sources.release(path);
        }
    }
}
