package io.holdfast.replicationagent.adapter.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.fixture.MemoryDevice;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.MachineRunnerContract;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.Orders;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Connect;
import org.libvirt.Domain;

/** The contract with a real libvirtd, whose domains find nothing to boot. */
class LibvirtRunnerTest extends MachineRunnerContract {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static PrivateLibvirt libvirt;

    @TempDir
    Path folder;

    private Path sockets;
    private NbdServer nbd;
    private NbdAddress disk;
    private LibvirtRunner runner;
    private final List<MachineOrder> orders = new ArrayList<>();

    @BeforeAll
    static void daemon() throws IOException {
        libvirt = new PrivateLibvirt();
    }

    @AfterAll
    static void end() throws IOException {
        libvirt.close();
    }

    @BeforeEach
    void serve() throws IOException {
        sockets = Files.createTempDirectory("hfm");
        nbd = new NbdServer(ExportCatalog.single("disk", new MemoryDevice(1 << 20)));
        disk = new NbdAddress("127.0.0.1", nbd.listenTcp("127.0.0.1", 0).getPort(), "disk");
        runner = runner("test");
    }

    @AfterEach
    void clear() throws IOException {
        orders.forEach(runner::clear);
        runner.close();
        nbd.close();
        try (Stream<Path> left = Files.walk(sockets)) {
            left.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
        }
    }

    private LibvirtRunner runner(String owner) {
        return runner(libvirt.uri(), owner);
    }

    private LibvirtRunner runner(String uri, String owner) {
        MachineSettings plain = MachineSettings.plain(DataSize.ofMiB(512));
        Hypervisor.Libvirt hypervisor = new Hypervisor.Libvirt(uri);
        return new LibvirtRunner(
                hypervisor,
                new MachineSettings(
                        hypervisor,
                        MachineSettings.Accelerator.TCG,
                        plain.memoryLimit(),
                        Map.of(),
                        List.of(),
                        plain.uefiCode(),
                        plain.uefiVariables(),
                        false),
                new MachineFolders(folder.resolve("machines"), sockets, owner));
    }

    @Override
    protected MachineRunner runner() {
        return runner;
    }

    @Override
    protected MachineOrder order() {
        return order(disk);
    }

    private MachineOrder order(NbdAddress where) {
        MachineOrder whole = Orders.order(RunId.random(), 64, where);
        MachineOrder order = new MachineOrder(
                whole.id(),
                whole.vm(),
                whole.name(),
                whole.run(),
                whole.spec(),
                whole.volumes(),
                Map.of(),
                whole.probes(),
                0);
        orders.add(order);
        return order;
    }

    @Test
    void a_disk_that_is_not_there_is_said_in_the_words_of_qemu_and_nothing_is_left() throws Exception {
        MachineOrder order = order(new NbdAddress("127.0.0.1", disk.port(), "another"));
        assertThatThrownBy(() -> runner.start(order))
                .isInstanceOf(MachineFailure.class)
                .hasMessageContaining("another");
        assertThat(runner.adopt(order)).isEmpty();
        assertThat(domains()).doesNotContain(DomainXml.nameOf(order));
    }

    @Test
    void domains_of_others_are_neither_adopted_nor_ended_whatever_they_are_called() throws Exception {
        MachineOrder order = order();
        try (LibvirtRunner other = runner("another agent")) {
            RunningMachine theirs = other.start(order);

            assertThat(runner.adopt(order)).isEmpty();
            runner.clear(order);
            assertThatThrownBy(() -> runner.start(order)).isInstanceOf(MachineFailure.class);

            assertThat(theirs.poll()).as("untouched").isEmpty();
            theirs.cut();
            other.clear(order);
        }
        runner.start(order).cut();
    }

    @Test
    void a_libvirtd_that_is_away_refuses_orders_and_keeps_machines() throws Exception {
        MachineOrder order = order();
        RunningMachine machine = runner.start(order);
        machine.release();
        Eventually.await("offered", PATIENCE, () -> runner.adapters().equals(List.of("libvirt")));

        libvirt.kill();
        try {
            assertThat(machine.poll()).as("not known is not ended").isEmpty();
            assertAway(() -> runner.check(order));
            assertAway(() -> runner.adopt(order));
            assertAway(machine::cut);
            assertThat(machine.probeGuestAgent()).isPresent();
            Eventually.await("not offered", PATIENCE, () -> runner.adapters().isEmpty());
        } finally {
            libvirt.start();
        }

        runner.check(order);
        assertThat(machine.poll()).isEmpty();
        assertThat(runner.adopt(order)).isPresent();
        Eventually.await("offered again", PATIENCE, () -> runner.adapters().equals(List.of("libvirt")));
        machine.cut();
        assertThat(machine.poll()).isPresent();
    }

    @Test
    void a_libvirtd_that_does_not_answer_keeps_nobody_waiting_for_long() throws Exception {
        MachineOrder order = order();
        RunningMachine machine = runner.start(order);
        libvirt.freeze(true);
        try {
            assertThat(machine.probeGuestAgent())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("does not answer within 3 s"));
        } finally {
            libvirt.freeze(false);
        }
        assertThat(machine.poll()).isEmpty();
        machine.cut();
    }

    @Test
    void a_host_without_libvirt_hosts_nothing_and_says_where_it_looked() throws Exception {
        try (LibvirtRunner without = runner("qemu:///system?socket=/nonexistent/socket", "test")) {
            assertThat(without.adapters()).isEmpty();
            assertThatThrownBy(() -> without.check(order()))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> {
                        assertThat(refused.code()).isEqualTo(AgentError.ADAPTER_MISSING);
                        assertThat(refused.getMessage()).contains("/nonexistent/socket");
                    });
        }
    }

    private static void assertAway(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, away -> assertThat(away.code())
                .isEqualTo(AgentError.ADAPTER_MISSING));
    }

    private static List<String> domains() throws Exception {
        Connect connection = new Connect(libvirt.uri());
        try {
            List<String> names = new ArrayList<>();
            for (Domain domain : connection.listAllDomains(0)) {
                names.add(domain.getName());
                domain.free();
            }
            return names;
        } finally {
            connection.close();
        }
    }
}
