package io.holdfast.replicationagent.adapter.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.id.RunId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.replicationagent.fixture.MemoryDevice;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.Orders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own bridges, namespaces and taps. */
class LinuxNetworksTest {
    private static final Path NAMESPACES = Path.of("/run/netns");

    @TempDir
    Path folder;

    private final String bridge = "hfb" + UUID.randomUUID().toString().substring(0, 8);
    private MachineFolders folders;
    private LinuxNetworks networks;

    @BeforeEach
    void the_host_can_connect_machines() {
        String missing = LinuxNetworks.missing().orElse("");
        assumeTrue(missing.isEmpty(), "NOT TESTED: networks of machines need root and " + missing);
        folders = new MachineFolders(
                folder.resolve("machines"),
                folder.resolve("s"),
                UUID.randomUUID().toString());
        networks = new LinuxNetworks(Map.of("office", bridge), folders);
    }

    @AfterEach
    void nothing_is_left() {
        if (networks != null) {
            networks.sweep(Set.of());
        }
    }

    private Path namespace(IsolatedKey key) {
        return NAMESPACES.resolve(networks.namespaceOf(key));
    }

    @Test
    void an_isolated_network_is_made_and_removed_as_often_as_one_likes() throws MachineFailure {
        IsolatedKey key = new IsolatedKey(RunId.random(), "lan");
        networks.create(key);
        networks.create(key);
        assertThat(namespace(key)).exists();
        networks.remove(key);
        networks.remove(key);
        assertThat(namespace(key)).doesNotExist();
    }

    @Test
    void one_whose_making_was_cut_short_is_made_anew() throws Exception {
        IsolatedKey key = new IsolatedKey(RunId.random(), "lan");
        networks.create(new IsolatedKey(RunId.random(), "other"));
        // What is there between the two steps of ip netns add: a file, no namespace.
        Files.createFile(namespace(key));
        networks.create(key);
        networks.run("-n", networks.namespaceOf(key), "link", "show", LinuxNetworks.BRIDGE);
    }

    @Test
    void a_sweep_takes_what_nobody_uses_of_this_agent_and_nothing_of_another() throws MachineFailure {
        LinuxNetworks another = new LinuxNetworks(
                Map.of(), new MachineFolders(folder.resolve("m2"), folder.resolve("s2"), "another " + bridge));
        IsolatedKey used = new IsolatedKey(RunId.random(), "lan");
        IsolatedKey left = new IsolatedKey(RunId.random(), "lan");
        try {
            networks.create(used);
            networks.create(left);
            another.create(left);
            networks.sweep(Set.of(used));

            assertThat(namespace(used)).exists();
            assertThat(namespace(left)).doesNotExist();
            assertThat(NAMESPACES.resolve(another.namespaceOf(left))).exists();
        } finally {
            another.sweep(Set.of());
        }
        assertThat(NAMESPACES.resolve(another.namespaceOf(left))).doesNotExist();
    }

    @Test
    void cards_are_connected_to_the_hosts_bridge_and_to_the_isolated_one_and_a_second_time_is_harmless()
            throws Exception {
        Path sockets = Files.createTempDirectory("hfm");
        MachineFolders here = new MachineFolders(folder.resolve("machines"), sockets, folders.owner());
        QemuRunner runner = new QemuRunner(MachineSettings.PROGRAM, tcg(), here);
        networks.run("link", "add", bridge, "type", "bridge");
        MachineOrder order = null;
        try (NbdServer nbd = new NbdServer(ExportCatalog.single("disk", new MemoryDevice(1 << 20)))) {
            MachineOrder isolated = Orders.order(
                    RunId.random(),
                    64,
                    new NbdAddress("127.0.0.1", nbd.listenTcp("127.0.0.1", 0).getPort(), "disk"));
            order = new MachineOrder(
                    isolated.id(),
                    isolated.vm(),
                    isolated.name(),
                    isolated.run(),
                    isolated.spec(),
                    isolated.volumes(),
                    Map.of(
                            "eth0",
                            new NetworkLink.IsolatedNetwork("lan"),
                            "eth1",
                            new NetworkLink.HostNetwork("office")),
                    List.of(),
                    0);
            networks.check(order);
            IsolatedKey key = order.isolatedNetworks().iterator().next();
            networks.create(key);
            RunningMachine machine = runner.start(order);
            networks.connect(order);
            networks.connect(order);

            Path net = Path.of("/sys/class/net");
            assertThat(net.resolve(here.tap(order.id(), 0))).as("inside").doesNotExist();
            networks.run(
                    "-n", networks.namespaceOf(key), "link", "show", "dev", here.tap(order.id(), 0), "master", "br0");
            assertThat(net.resolve(here.tap(order.id(), 1))
                            .resolve("master")
                            .toRealPath()
                            .getFileName()
                            .toString())
                    .isEqualTo(bridge);

            machine.cut();
            assertThat(net.resolve(here.tap(order.id(), 1)))
                    .as("gone with QEMU")
                    .doesNotExist();
            networks.remove(key);
        } finally {
            if (order != null) {
                runner.clear(order);
            }
            networks.run("link", "del", bridge);
            Files.deleteIfExists(sockets);
        }
    }

    @Test
    void a_bridge_that_is_not_there_is_said_in_the_words_of_ip() throws IOException {
        MachineOrder order = Orders.order();
        assertThatThrownBy(() -> networks.connect(order))
                .isInstanceOf(MachineFailure.class)
                .hasMessageContaining(
                        networks.namespaceOf(order.isolatedNetworks().iterator().next()));
    }

    private static MachineSettings tcg() {
        MachineSettings plain = MachineSettings.plain(DataSize.ofMiB(512));
        return new MachineSettings(
                plain.hypervisor(),
                MachineSettings.Accelerator.TCG,
                plain.memoryLimit(),
                plain.bridges(),
                plain.bootRoots(),
                plain.uefiCode(),
                plain.uefiVariables(),
                false);
    }
}
