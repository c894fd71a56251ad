package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.machine.Cards;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Links;
import io.holdfast.recoveryplan.machine.MachineError;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.machine.Placer;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Run;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Writes the orders for the machines of one group of a run, out of nothing but the run. */
final class MachineOrderWriter {
    /** A test's machine outlives the run's expiry by this, so that in the ordinary case the run stops it and knows that it is gone. */
    static final Duration BEYOND_EXPIRY = Duration.ofHours(1);

    private final Run run;
    private final RecoveryGroup group;
    private final Cards cards;

    MachineOrderWriter(Run run, String group) {
        this.run = run;
        this.group = run.order().group(group);
        this.cards = new Cards(this.group.machines(), !run.order().mode().isFailover());
    }

    MachineOrder order(UUID id, MachineAction.Target target, Placement placement) {
        return new MachineOrder(
                id,
                run.id(),
                isClone() ? placement : placement.with(cards.of(placement.machine(), run.id())),
                volumes(target, placement.machine()),
                Links.of(placement.machine().spec(), cards.networks()),
                probes(target, placement.machine()),
                run.order().expiresAt().map(expiry -> expiry.plus(BEYOND_EXPIRY)),
                cards.given(placement.machine()));
    }

    /** @throws HoldfastException {@code MACHINE_DISK_MISSING} if the session does not export a disk of the machine */
    Map<VolumeId, String> volumes(MachineAction.Target target, KnownMachine machine) {
        OpenSession session = run.session(target.openStepId())
                .orElseThrow(() -> new IllegalStateException("a machine needs its session, which is not open"));
        Map<VolumeId, String> uris = new HashMap<>();
        for (MachineSpec.Disk disk : machine.spec().disks()) {
            uris.put(
                    disk.volumeId(),
                    session.exports().stream()
                            .filter(export ->
                                    export.volumeId().equals(disk.volumeId().toString()))
                            .map(export -> "nbd://%s/%s".formatted(export.nbdAddress(), export.nbdExport()))
                            .findFirst()
                            .orElseThrow(() -> new HoldfastException(
                                    MachineError.MACHINE_DISK_MISSING,
                                    "machine '%s' has disk %s, which is not in the session: it is excluded from protection"
                                            .formatted(machine.name(), disk.volumeId()))));
        }
        return uris;
    }

    /** Its machines were placed with MACs of their own already. */
    private boolean isClone() {
        return run.order().mode() == Mode.CLONE;
    }

    Placer.Need need(KnownMachine machine) {
        return Links.need(machine, cards.networks());
    }

    /** @throws HoldfastException {@code PROBE_ADDRESS_UNKNOWN} for a probe without an address of a machine that is given none */
    private List<MachineProbe> probes(MachineAction.Target target, KnownMachine machine) {
        boolean besideProduction = isClone()
                && Links.of(machine.spec(), cards.networks()).values().stream()
                        .anyMatch(NetworkTarget.Host.class::isInstance);
        return group.readiness() instanceof Readiness.Machines ready
                ? ready.probes().stream()
                        .filter(probe -> probe.vmId().map(target.vmId()::equals).orElse(true))
                        .filter(probe -> !besideProduction || probe.reachesNoOther())
                        .map(probe -> located(probe, machine))
                        .toList()
                : List.of();
    }

    private MachineProbe located(MachineProbe probe, KnownMachine machine) {
        return switch (probe) {
            case MachineProbe.Tcp(var vm, var address, int port)
            when address.isEmpty() -> new MachineProbe.Tcp(vm, given(machine), port);
            case MachineProbe.Http(var vm, var address, int port, var path)
            when address.isEmpty() -> new MachineProbe.Http(vm, given(machine), port, path);
            default -> probe;
        };
    }

    private String given(KnownMachine machine) {
        return cards.firstAddress(machine)
                .orElseThrow(() -> new HoldfastException(
                        MachineError.PROBE_ADDRESS_UNKNOWN,
                        "a probe of machine '%s' has no address, and no card of it that is connected is given one"
                                .formatted(machine.name())));
    }
}
