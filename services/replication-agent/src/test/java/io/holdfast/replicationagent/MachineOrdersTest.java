package io.holdfast.replicationagent;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.ConsoleProbe;
import io.holdfast.proto.v1.GuestAddresses;
import io.holdfast.proto.v1.GuestCommandState;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.MachineDisk;
import io.holdfast.proto.v1.MachineNic;
import io.holdfast.proto.v1.MachineReport;
import io.holdfast.proto.v1.MachineSpec;
import io.holdfast.proto.v1.MachineState;
import io.holdfast.proto.v1.MachineVolume;
import io.holdfast.proto.v1.MachinesReport;
import io.holdfast.proto.v1.ReadinessProbe;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.RunGuestCommand;
import io.holdfast.proto.v1.ScreenMoment;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.proto.v1.StopMachine;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.MemoryDevice;
import io.holdfast.replicationagent.fixture.Wait;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders over the wire, with real QEMUs whose machines find nothing to boot: what the control plane sends, and what it is told. */
class MachineOrdersTest {
    private static final long MIB = 1L << 20;

    @TempDir
    Path folder;

    private static MachineSettings settings() {
        return new MachineSettings(
                new Hypervisor.Qemu(MachineSettings.PROGRAM),
                MachineSettings.Accelerator.TCG,
                DataSize.ofMiB(256),
                Map.of("office", "br-office"),
                List.of(),
                Path.of("/none"),
                Path.of("/none"),
                false);
    }

    private static StartMachine order(String export) {
        String volume = VolumeId.random().toString();
        return StartMachine.newBuilder()
                .setMachineId(UUID.randomUUID().toString())
                .setVmId(VmId.random().toString())
                .setName("web")
                .setRunId(RunId.random().toString())
                .setSpec(MachineSpec.newBuilder()
                        .setCpuCount(1)
                        .setMemoryBytes(64 * MIB)
                        .addDisks(MachineDisk.newBuilder().setVolumeId(volume)))
                .addVolumes(MachineVolume.newBuilder().setVolumeId(volume).setNbdUri(export))
                .build();
    }

    private static RunGuestCommand inGuest(String machine, String path) {
        return RunGuestCommand.newBuilder()
                .setMachineId(machine)
                .setKey("run-1-hook")
                .setAttempt(1)
                .setPath(path)
                .setTimeoutMs(1_000)
                .build();
    }

    private static CommandResult send(AgentFixture fixture, AgentCommand.Builder command) {
        String id = UUID.randomUUID().toString();
        fixture.router.send(RouterFrame.newBuilder()
                .setCommand(command.setCommandId(id).setAgentId(fixture.agentId.toString()))
                .build());
        return fixture.resultOf(id);
    }

    private static CommandResult start(AgentFixture fixture, StartMachine order) {
        return send(fixture, AgentCommand.newBuilder().setStartMachine(order));
    }

    private static void awaitReport(AgentFixture fixture, String what, Predicate<MachinesReport> wanted) {
        Wait.until(
                what,
                () -> !fixture.router.machines.isEmpty() && wanted.test(fixture.router.machines.getLast()),
                () -> fixture.router.machines.isEmpty() ? "no report" : fixture.router.machines.getLast());
    }

    private static void awaitInventory(AgentFixture fixture, String what, Predicate<InventoryReport> wanted) {
        Wait.until(
                what,
                () -> wanted.test(fixture.router.inventories.getLast()),
                () -> fixture.router.inventories.getLast());
    }

    @Test
    void a_machine_is_started_told_of_after_a_reconnection_and_after_a_restart_and_stopped() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder);
                NbdServer nbd = new NbdServer(ExportCatalog.single("root", new MemoryDevice(1 << 20)))) {
            int port = nbd.listenTcp("127.0.0.1", 0).getPort();
            fixture.machines = settings();
            fixture.connected();
            awaitReport(fixture, "an empty report after Welcome", report -> report.getMachinesCount() == 0);
            awaitInventory(fixture, "what the host can do", inventory -> {
                var hosting = inventory.getHosting();
                return hosting.getAdaptersList().equals(List.of("qemu"))
                        && hosting.getNetworksList().equals(List.of("office"))
                        && hosting.getMemoryLimitBytes() == 256 * MIB
                        && hosting.getMemoryUsedBytes() == 0;
            });

            StartMachine order = order("nbd://127.0.0.1:" + port + "/root").toBuilder()
                    .addProbes(ReadinessProbe.newBuilder()
                            .setConsole(ConsoleProbe.newBuilder().setText("never printed")))
                    .build();
            try {
                assertThat(start(fixture, order)).matches(CommandResult::getOk);
                assertThat(start(fixture, order)).matches(CommandResult::getOk);
                assertThat(start(fixture, order.toBuilder().setName("other").build()))
                        .extracting(CommandResult::getErrorCode)
                        .isEqualTo("MACHINE_DIFFERS");
                Predicate<MachinesReport> runs = report -> {
                    if (report.getMachinesCount() != 1) {
                        return false;
                    }
                    MachineReport machine = report.getMachines(0);
                    return machine.getMachineId().equals(order.getMachineId())
                            && machine.getRunId().equals(order.getRunId())
                            && machine.getVmId().equals(order.getVmId())
                            && machine.getState() == MachineState.RUNNING
                            && machine.getReadyAtMicros() == 0
                            && machine.getErrorCode().equals("PROBE_NOT_PASSED")
                            && machine.getMessage().contains("never printed");
                };
                awaitReport(fixture, "running", runs);
                awaitInventory(
                        fixture,
                        "its memory",
                        inventory -> inventory.getHosting().getMemoryUsedBytes() == 64 * MIB);

                fixture.router.machines.clear();
                fixture.closeAgent();
                fixture.connected();
                awaitReport(fixture, "running after the restart", runs);

                // Its guest has no agent.
                RunGuestCommand command = inGuest(order.getMachineId(), "/bin/true");
                for (int i = 0; i < 2; i++) {
                    assertThat(send(fixture, AgentCommand.newBuilder().setRunGuestCommand(command)))
                            .matches(CommandResult::getOk);
                }
                awaitReport(
                        fixture,
                        "what came of the command",
                        report -> report.getMachinesCount() == 1
                                && report.getMachines(0).getGuestCommandsCount() == 1
                                && report.getMachines(0).getGuestCommands(0).getState()
                                        == GuestCommandState.GUEST_COMMAND_ENDED
                                && report.getMachines(0)
                                        .getGuestCommands(0)
                                        .getErrorCode()
                                        .equals("GUEST_UNREACHABLE"));
            } finally {
                CommandResult stopped = send(
                        fixture,
                        AgentCommand.newBuilder()
                                .setStopMachine(StopMachine.newBuilder().setMachineId(order.getMachineId())));
                assertThat(stopped.getOk()).isTrue();
                awaitReport(fixture, "forgotten", report -> report.getMachinesCount() == 0);
            }
            assertThat(fixture.router.screens)
                    .as("sent before it was told as gone")
                    .singleElement()
                    .satisfies(screen -> {
                        assertThat(screen.getMachineId()).isEqualTo(order.getMachineId());
                        assertThat(screen.getRunId()).isEqualTo(order.getRunId());
                        assertThat(screen.getMoment()).isEqualTo(ScreenMoment.SCREEN_STOPPED);
                        assertThat(screen.getPng().toByteArray()).startsWith(0x89, 'P', 'N', 'G');
                    });
            awaitInventory(
                    fixture,
                    "its memory is free",
                    inventory -> inventory.getHosting().getMemoryUsedBytes() == 0);
            assertThat(folder.resolve("state/machines").toFile().list()).isEmpty();
        }
    }

    @Test
    void orders_that_cannot_be_carried_out_are_refused_with_their_reason() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            fixture.machines = settings();
            fixture.connected();
            StartMachine good = order("nbd://127.0.0.1:1/x");
            assertRefused(fixture, good.toBuilder().clearSpec().build(), "MACHINE_SPEC_INVALID", "spec");
            assertRefused(
                    fixture,
                    good.toBuilder()
                            .setSpec(good.getSpec().toBuilder().setCpuCount(0))
                            .build(),
                    "MACHINE_SPEC_INVALID",
                    "cpu_count");
            assertRefused(
                    fixture,
                    good.toBuilder()
                            .setSpec(good.getSpec().toBuilder().setMemoryBytes(512 * MIB))
                            .build(),
                    "NOT_ENOUGH_MEMORY",
                    "memory-limit");
            assertRefused(
                    fixture,
                    good.toBuilder()
                            .setSpec(good.getSpec().toBuilder()
                                    .addNics(MachineNic.newBuilder()
                                            .setName("eth0")
                                            .setMac("52:54:00:00:00:01")))
                            .addLinks(io.holdfast.proto.v1.MachineLink.newBuilder()
                                    .setNic("eth0")
                                    .setHostNetwork("factory"))
                            .build(),
                    "NETWORK_UNKNOWN",
                    "office");
            assertRefused(
                    fixture,
                    good.toBuilder()
                            .setSpec(good.getSpec().toBuilder()
                                    .addNics(MachineNic.newBuilder()
                                            .setName("eth0")
                                            .setMac("52:54:00:00:00:01")))
                            .addLinks(io.holdfast.proto.v1.MachineLink.newBuilder()
                                    .setNic("eth0")
                                    .setIsolatedNetwork("lan")
                                    .setGuest(GuestAddresses.newBuilder().addAddresses("10.0.0.5; reboot/24")))
                            .build(),
                    "MACHINE_SPEC_INVALID",
                    "links.guest.addresses");
            for (RunGuestCommand wrong :
                    List.of(inGuest(good.getMachineId(), "/bin/true"), inGuest(good.getMachineId(), "true"))) {
                assertThat(send(fixture, AgentCommand.newBuilder().setRunGuestCommand(wrong))
                                .getErrorCode())
                        .isEqualTo(wrong.getPath().startsWith("/") ? "MACHINE_NOT_RUNNING" : "COMMAND_MALFORMED");
            }
            CommandResult endless = send(
                    fixture,
                    AgentCommand.newBuilder()
                            .setStopMachine(StopMachine.newBuilder()
                                    .setMachineId(good.getMachineId())
                                    .setGraceMs(600_001)));
            assertThat(endless.getErrorCode()).isEqualTo("COMMAND_MALFORMED");
            awaitReport(fixture, "nothing", report -> report.getMachinesCount() == 0);

            // The disk is not there: taken, tried, and told.
            assertThat(start(fixture, good)).matches(CommandResult::getOk);
            awaitReport(
                    fixture,
                    "failed",
                    report -> report.getMachinesCount() == 1
                            && report.getMachines(0).getState() == MachineState.FAILED
                            && report.getMachines(0).getErrorCode().equals("MACHINE_NOT_STARTED")
                            && report.getMachines(0).getMessage().contains("refused"));
            assertThat(send(
                            fixture,
                            AgentCommand.newBuilder()
                                    .setStopMachine(StopMachine.newBuilder().setMachineId(good.getMachineId()))))
                    .matches(CommandResult::getOk);
            awaitReport(fixture, "forgotten", report -> report.getMachinesCount() == 0);
        }
    }

    @Test
    void what_an_attached_machine_is_is_kept_reported_and_can_be_told_anew() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            fixture.connected();
            VolumeId volume = VolumeId.random();
            AttachVm plain = AttachVm.newBuilder()
                    .setVmId(fixture.vm.toString())
                    .setName("web")
                    .addVolumes(AgentFixture.volume(volume, "root", fixture.disk("root.raw")))
                    .build();
            MachineSpec spec = order("nbd://h/x").getSpec().toBuilder()
                    .setFirmware(io.holdfast.proto.v1.Firmware.UEFI)
                    .setDisks(
                            0,
                            MachineDisk.newBuilder()
                                    .setVolumeId(volume.toString())
                                    .setBus("scsi"))
                    .addNics(MachineNic.newBuilder()
                            .setName("eth0")
                            .setMac("52:54:00:00:00:01")
                            .setModel("e1000")
                            .setNetwork("lan"))
                    .build();
            assertThat(fixture.attach(plain).getOk()).isTrue();
            awaitInventory(
                    fixture,
                    "not known",
                    inventory ->
                            inventory.getVmsCount() == 1 && !inventory.getVms(0).hasMachine());
            assertThat(fixture.attach(plain.toBuilder().setMachine(spec).build())
                            .getOk())
                    .isTrue();
            awaitInventory(
                    fixture,
                    "known",
                    inventory -> inventory.getVms(0).getMachine().equals(spec));

            fixture.closeAgent();
            fixture.router.inventories.clear();
            fixture.connected();
            Wait.until("inventory", () -> !fixture.router.inventories.isEmpty(), () -> "");
            awaitInventory(
                    fixture,
                    "kept",
                    inventory -> inventory.getVms(0).getMachine().equals(spec));
            assertThat(fixture.attach(plain.toBuilder()
                                    .setMachine(spec.toBuilder().setCpuCount(0))
                                    .build())
                            .getErrorCode())
                    .isEqualTo("MACHINE_SPEC_INVALID");
        }
    }

    private static void assertRefused(AgentFixture fixture, StartMachine order, String code, String word) {
        CommandResult result = start(fixture, order);
        assertThat(result.getOk()).isFalse();
        assertThat(result.getErrorCode()).isEqualTo(code);
        assertThat(result.getMessage()).contains(word);
    }
}
