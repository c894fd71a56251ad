package io.holdfast.replicationagent.adapter.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.AttachVolume;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Ownerships;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.ShutDownVm;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.machine.MachineCapture;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recovered machine that runs on an export of one site, and a second agent of its host that protects it in the other direction: what the way home begins with. */
class MachineCaptureTest {
    @TempDir
    Path folder;

    private HostedMachines hosted;
    private AgentFixture second;

    @BeforeEach
    void bothAgents() throws Exception {
        hosted = new HostedMachines(folder.resolve("first"));
        second = new AgentFixture(folder.resolve("second"), HostedMachines.DISK_BYTES);
        second.allowSockets(hosted.sockets);
        second.connected();
    }

    @AfterEach
    void close() {
        second.close();
        hosted.close();
    }

    private void awaitBeats(MachineOrder machine, int more) {
        int after = beats(hosted.view(machine));
        hosted.await(machine, "beats", view -> beats(view) >= after + more);
    }

    private static int beats(MachineView view) {
        String console = view.consoleTail();
        int last = console.lastIndexOf("HF beat ");
        return last < 0 ? 0 : Integer.parseInt(console.substring(last + 8).split("\\D", 2)[0]);
    }

    private VolumeId volume(MachineOrder machine) {
        return machine.spec().disks().getFirst().volume();
    }

    private void protect(MachineOrder machine, MachineCapture capture) {
        CommandResult attached = second.attach(AttachVm.newBuilder()
                .setVmId(second.vm.toString())
                .setName("home")
                .setCapture(CaptureMode.TAP)
                .setQmpSocket(capture.monitor())
                .setGuestAgentSocket(capture.guestAgent())
                .addVolumes(AttachVolume.newBuilder()
                        .setVolumeId(volume(machine).toString())
                        .setName("root")
                        .setQemuNode(capture.nodes().get(volume(machine))))
                .build());
        assertThat(attached.getOk()).as(attached.getMessage()).isTrue();
        second.assign(false, volume(machine));
        second.awaitInSync(volume(machine));
    }

    private CommandResult shutDown() {
        String id = UUID.randomUUID().toString();
        second.router.send(RouterFrame.newBuilder()
                .setCommand(AgentCommand.newBuilder()
                        .setCommandId(id)
                        .setAgentId(second.agentId.toString())
                        .setShutDownVm(ShutDownVm.newBuilder()
                                .setVmId(second.vm.toString())
                                .setGraceMs(180_000)))
                .build());
        return second.resultOf(id);
    }

    private void fence() {
        second.router.own(Ownerships.newBuilder()
                .addVms(VmOwnership.newBuilder()
                        .setVmId(second.vm.toString())
                        .setOwnership(Ownership.newBuilder().setEpoch(1).setRecovered(true)))
                .build());
        Wait.until(
                "fenced",
                () -> !second.router.ownerships.isEmpty()
                        && second.router.ownerships.getLast().getVmsList().stream()
                                .anyMatch(vm -> vm.getState() == FenceState.FENCED),
                () -> second.router.ownerships + second.evidence());
    }

    @Test
    void aRunningMachineIsTappedShutDownAndItsLastWriteIsInTheLastCheckpoint() {
        MachineOrder machine =
                hosted.guest("home", "10.9.9.2").words("holdfast.beat=yes").start();
        awaitBeats(machine, 3);
        // The machine's own agent comes and goes; how it can be captured is told again.
        hosted.reopen();
        MachineCapture capture = hosted.await(
                        machine, "capture", view -> view.capture().isPresent())
                .capture()
                .orElseThrow();
        protect(machine, capture);
        awaitBeats(machine, 10);

        assertThat(shutDown().getOk()).isTrue();

        assertThat(hosted.view(machine).state()).isInstanceOf(MachineState.Running.class);
        fence();
        second.awaitInSync(volume(machine));
        CheckpointId checkpoint = second.cut();
        Wait.until("checkpoint", () -> second.replica().checkpoint(checkpoint) != null, second::evidence);
        assertThat(second.replica().checkpoint(checkpoint).get(volume(machine)))
                .isEqualTo(hosted.disks.get(volume(machine).toString()).contents());
        assertThat(second.agent.live().states().get(second.vm).interruptions()).isZero();

        assertThat(second.detach(second.vm).getOk()).isTrue();

        MachineView ended = hosted.await(machine, "ended", view -> view.state() instanceof MachineState.Failed);
        assertThat(((MachineState.Failed) ended.state()).code()).isEqualTo(AgentError.MACHINE_ENDED);
        assertThat(ended.consoleTail()).contains("HF shuts down in order");
        hosted.stop(machine, Duration.ZERO);
    }
}
