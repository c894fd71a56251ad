package io.holdfast.inventory.adapter.kafka;

import io.holdfast.inventory.host.Agent;
import io.holdfast.inventory.host.AgentLink;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.HostAnnouncements;
import io.holdfast.inventory.vm.AttachOrder;
import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.VmAnnouncements;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.db.Outbox;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.AttachVolume;
import io.holdfast.proto.v1.DetachVm;
import io.holdfast.proto.v1.HostState;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.VmState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** Puts what is told to others into the outbox: sent when the transaction commits, and only then. */
@ApplicationScoped
class Announcements implements HostAnnouncements, VmAnnouncements {
    private final Outbox outbox;
    private final Clock clock;

    Announcements(Outbox outbox, Clock clock) {
        this.outbox = outbox;
        this.clock = clock;
    }

    @Override
    public void announce(Host host, Optional<Agent> agent) {
        var state = HostState.newBuilder()
                .setHostId(host.id().toString())
                .setName(host.name())
                .setAgentId(host.agent().map(AgentId::toString).orElse(""))
                .setSiteId(host.site().map(SiteId::toString).orElse(""));
        state.setHosting(MachineWire.message(host.hosting()));
        AgentLink link = agent.map(Agent::link).orElseGet(AgentLink.NeverSeen::new);
        switch (link) {
            case AgentLink.NeverSeen _ -> {}
            case AgentLink.Connected connected ->
                state.setAgentConnected(true).setConnectionChangedAtMicros(Wire.micros(connected.since()));
            case AgentLink.Disconnected disconnected ->
                state.setConnectionChangedAtMicros(Wire.micros(disconnected.since()));
        }
        tell(host.id().toString(), host.revision(), InventoryEvent.newBuilder().setHost(state));
    }

    @Override
    public void announce(Vm vm, Host host) {
        var state = VmState.newBuilder()
                .setVmId(vm.id().toString())
                .setName(vm.name())
                .setHostId(host.id().toString())
                .setAgentId(host.agent().map(AgentId::toString).orElse(""))
                .setSiteId(host.site().map(SiteId::toString).orElse(""));
        vm.volumes().forEach(volume -> state.addVolumes(Wire.entry(volume)));
        vm.machine().map(MachineWire::message).ifPresent(state::setMachine);
        tell(vm.id().toString(), vm.revision(), InventoryEvent.newBuilder().setVm(state));
    }

    @Override
    public void gone(VmId vm) {
        outbox.addTombstone(Topic.INVENTORY_EVENTS, vm.toString());
    }

    @Override
    public void orderAttach(CommandId command, AgentId agent, AttachOrder wanted, Instant issuedAt, Instant expiresAt) {
        Vm vm = wanted.vm();
        var attach = AttachVm.newBuilder()
                .setVmId(vm.id().toString())
                .setName(vm.name())
                .setCapture(Wire.capture(wanted.capture().mode()))
                .setQmpSocket(wanted.capture().qmpSocket())
                .setGuestAgentSocket(wanted.capture().guestAgentSocket())
                .setIntervalMs(wanted.capture().intervalMs());
        wanted.machine().map(MachineWire::message).ifPresent(attach::setMachine);
        for (int i = 0; i < vm.volumes().size(); i++) {
            attach.addVolumes(AttachVolume.newBuilder()
                    .setVolumeId(vm.volumes().get(i).id().toString())
                    .setName(vm.volumes().get(i).name())
                    .setBacking(vm.volumes().get(i).backing())
                    .setFormat(wanted.wanted().get(i).format())
                    .setQemuNode(wanted.wanted().get(i).qemuNode()));
        }
        order(command, agent, issuedAt, expiresAt, AgentCommand.newBuilder().setAttachVm(attach));
    }

    @Override
    public void orderDetach(CommandId command, AgentId agent, VmId vm, Instant issuedAt, Instant expiresAt) {
        var detach = DetachVm.newBuilder().setVmId(vm.toString());
        order(command, agent, issuedAt, expiresAt, AgentCommand.newBuilder().setDetachVm(detach));
    }

    private void order(
            CommandId command, AgentId agent, Instant issuedAt, Instant expiresAt, AgentCommand.Builder order) {
        order.setCommandId(command.toString())
                .setAgentId(agent.toString())
                .setIssuedAtMicros(Wire.micros(issuedAt))
                .setExpiresAtMicros(Wire.micros(expiresAt));
        outbox.add(Topic.AGENT_COMMANDS, agent.toString(), order.build());
    }

    private void tell(String entity, long revision, InventoryEvent.Builder event) {
        event.setEntityId(entity).setRevision(revision).setAtMicros(Wire.micros(clock.instant()));
        outbox.add(Topic.INVENTORY_EVENTS, entity, event.build());
    }
}
