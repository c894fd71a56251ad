package io.holdfast.replicationagent.adapter.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.fixture.MemoryDevice;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineRunnerContract;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
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
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract with real QEMUs, whose machines find nothing to boot; needs neither root nor networks. */
class QemuRunnerTest extends MachineRunnerContract {
    @TempDir
    Path folder;

    private Path sockets;
    private NbdServer nbd;
    private NbdAddress disk;
    private QemuRunner runner;
    private final List<MachineOrder> orders = new ArrayList<>();

    @BeforeEach
    void serve() throws IOException {
        sockets = Files.createTempDirectory("hfm");
        nbd = new NbdServer(ExportCatalog.single("disk", new MemoryDevice(1 << 20)));
        disk = new NbdAddress("127.0.0.1", nbd.listenTcp("127.0.0.1", 0).getPort(), "disk");
        runner = runner(List.of(folder.resolve("boot")));
    }

    private QemuRunner runner(List<Path> bootRoots) {
        MachineSettings plain = MachineSettings.plain(DataSize.ofMiB(512));
        return new QemuRunner(
                MachineSettings.PROGRAM,
                new MachineSettings(
                        plain.hypervisor(),
                        MachineSettings.Accelerator.TCG,
                        plain.memoryLimit(),
                        Map.of(),
                        bootRoots,
                        plain.uefiCode(),
                        plain.uefiVariables(),
                        false),
                new MachineFolders(folder.resolve("machines"), sockets, "test"));
    }

    @AfterEach
    void end() throws IOException {
        orders.forEach(runner::clear);
        nbd.close();
        try (Stream<Path> left = Files.walk(sockets)) {
            left.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
        }
    }

    @Override
    protected MachineRunner runner() {
        return runner;
    }

    @Override
    protected MachineOrder order() {
        return with(Firmware.BIOS, Optional.empty(), disk);
    }

    private MachineOrder with(Firmware firmware, Optional<DirectBoot> boot, NbdAddress where) {
        MachineOrder whole = Orders.order(io.holdfast.kernel.id.RunId.random(), 64, where);
        MachineSpec spec = whole.spec();
        MachineOrder order = new MachineOrder(
                whole.id(),
                whole.vm(),
                whole.name(),
                whole.run(),
                new MachineSpec(
                        spec.cpus(), spec.memoryBytes(), firmware, spec.machineType(), spec.disks(), spec.nics(), boot),
                whole.volumes(),
                Map.of(),
                whole.probes(),
                0);
        orders.add(order);
        return order;
    }

    @Test
    void a_disk_that_is_not_there_is_said_in_the_words_of_qemu_and_nothing_is_left() {
        MachineOrder order = with(Firmware.BIOS, Optional.empty(), new NbdAddress("127.0.0.1", disk.port(), "another"));
        assertThatThrownBy(() -> runner.start(order))
                .isInstanceOf(MachineFailure.class)
                .hasMessageContaining("another");
        assertThat(runner.adopt(order)).isEmpty();
    }

    @Test
    void uefi_without_firmware_on_the_host_is_refused_with_what_is_missing() {
        assertRefused(with(Firmware.UEFI, Optional.empty(), disk), AgentError.ADAPTER_MISSING, "uefi-code");
    }

    @Test
    void kernels_outside_of_the_allowed_folders_are_refused_also_behind_links() throws IOException {
        Path allowed = Files.createDirectories(folder.resolve("boot"));
        Path secret = Files.writeString(folder.resolve("secret"), "not for guests");
        Path link = Files.createSymbolicLink(allowed.resolve("kernel"), secret);
        Path good = Files.writeString(allowed.resolve("good"), "a kernel");

        for (String path : List.of(
                secret.toString(), link.toString(), allowed + "/../secret", allowed.toString(), allowed + "/none")) {
            assertRefused(boot(path, ""), AgentError.MACHINE_SPEC_INVALID, "direct_boot.kernel");
            assertRefused(boot(good.toString(), path), AgentError.MACHINE_SPEC_INVALID, "direct_boot.initrd");
        }
        runner.check(boot(good.toString(), good.toString()));
    }

    @Test
    void a_host_without_the_program_hosts_nothing() {
        QemuRunner without = new QemuRunner(
                "no-such-qemu",
                MachineSettings.plain(DataSize.ofMiB(512)),
                new MachineFolders(folder.resolve("machines"), sockets, "test"));
        assertThat(without.adapters()).isEmpty();
        assertThatThrownBy(() -> without.check(order()))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(AgentError.ADAPTER_MISSING));
    }

    private MachineOrder boot(String kernel, String initrd) {
        return with(Firmware.BIOS, Optional.of(new DirectBoot(kernel, initrd, "")), disk);
    }

    private void assertRefused(MachineOrder order, AgentError code, String field) {
        assertThatThrownBy(() -> runner.check(order)).isInstanceOfSatisfying(HoldfastException.class, refused -> {
            assertThat(refused.code()).isEqualTo(code);
            assertThat(refused.getMessage()).contains(field);
        });
    }

    @Test
    void what_qemu_complains_of_is_bounded_and_what_it_says_next_is_there(@TempDir Path logs) throws Exception {
        Path log = logs.resolve("qemu.log");
        Process complaining = new ProcessBuilder(
                        "sh", "-c", "yes complaint | head -c 2000000; read go; echo last words")
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        Eventually.await(
                "it has complained", Duration.ofSeconds(60), () -> Files.exists(log) && Files.size(log) >= 2_000_000);

        QemuProcess.boundLog(log);
        try (var go = complaining.outputWriter()) {
            go.write("go\n");
        }

        assertThat(complaining.waitFor()).isZero();
        assertThat(Files.readString(log)).isEqualTo("last words\n");
    }
}
