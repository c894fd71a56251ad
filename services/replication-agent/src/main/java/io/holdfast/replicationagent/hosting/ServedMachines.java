package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.capture.SplitterDevice;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.Exports.HostedVm;
import io.holdfast.replicationagent.hosting.HostedVolume.Served;
import io.holdfast.replicationagent.hosting.HostedVolume.Unavailable;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import io.holdfast.replicationagent.ownership.Ownerships;
import io.holdfast.replicationagent.ownership.VmGate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The machines whose disks this agent serves.
 *
 * <p>Threads: {@link #exports}, {@link #machines}, {@link #enter} and {@link #leave} by any; the rest by the agent's control thread only.
 */
public final class ServedMachines {
    /** Most machines, and most volumes of one, on one host. */
    public static final int MAX_MACHINES = 1_024;

    public static final int MAX_VOLUMES = 64;

    private static final System.Logger LOG = System.getLogger(ServedMachines.class.getName());

    private final AttachmentStore store;
    private final Backings backings;
    private final Replication replication;
    private final LongConsumer writeNanos;
    private final LiveDesk live;
    private final Ownerships ownerships;
    private final Map<VmId, HostedVm> machines = new LinkedHashMap<>();
    private final Map<VmId, Integer> users = new HashMap<>();
    private volatile Exports exports = Exports.NONE;
    private volatile List<HostedVm> snapshot = List.of();

    public ServedMachines(
            AttachmentStore store,
            Backings backings,
            Replication replication,
            LiveDesk live,
            Ownerships ownerships,
            LongConsumer writeNanos) {
        this.ownerships = ownerships;
        this.live = live;
        this.store = store;
        this.backings = backings;
        this.replication = replication;
        this.writeNanos = writeNanos;
    }

    public Exports exports() {
        return exports;
    }

    public List<HostedVm> machines() {
        return snapshot;
    }

    /** Serves what was attached before. A disk that cannot be opened now is reported as such and does not keep the others down. */
    public void restore() {
        for (VmAttachment vm : store.load()) {
            if (vm.capture() instanceof Capture.Live) {
                machines.put(vm.id(), new HostedVm(vm, live.tryAttach(vm)));
                continue;
            }
            List<HostedVolume> volumes = new ArrayList<>();
            VmGate gate = ownerships.newGate();
            for (VolumeAttachment volume : vm.volumes()) {
                try {
                    volumes.add(serve(volume, gate));
                } catch (HoldfastException unavailable) {
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "A disk cannot be served; vm=" + vm.id() + " volume=" + volume.id() + " code="
                                    + unavailable.code().name() + ": " + unavailable.getMessage());
                    volumes.add(new Unavailable(volume, unavailable));
                }
            }
            ownerships.attach(vm.id(), gate);
            machines.put(vm.id(), new HostedVm(vm, volumes));
        }
        publish();
    }

    /**
     * Serves the machine's disks, all or none, from now on and after every restart. Attaching again with the same contents changes nothing,
     * or opens what was unavailable; with only another specification of the machine, that is taken.
     *
     * @throws HoldfastException with the code of the first disk that is refused, or {@code ALREADY_ATTACHED}
     */
    public void attach(VmAttachment vm) {
        HostedVm present = machines.get(vm.id());
        if (present != null && present.attachment().equals(vm)) {
            retryUnavailable(present);
            return;
        }
        if (present != null && present.attachment().withMachine(vm.machine()).equals(vm)) {
            describe(present, vm);
            return;
        }
        requireAttachable(vm, present);
        List<HostedVolume> opened = new ArrayList<>();
        VmGate gate = ownerships.newGate();
        try {
            if (vm.capture() instanceof Capture.Live) {
                opened.addAll(live.attach(vm));
            } else {
                for (VolumeAttachment volume : vm.volumes()) {
                    opened.add(serve(volume, gate));
                }
            }
            List<VmAttachment> all = new ArrayList<>(
                    machines.values().stream().map(HostedVm::attachment).toList());
            all.add(vm);
            store.save(all);
        } catch (HoldfastException refused) {
            opened.forEach(this::withdraw);
            live.detach(vm.id());
            throw refused;
        }
        if (!(vm.capture() instanceof Capture.Live)) {
            ownerships.attach(vm.id(), gate);
        }
        machines.put(vm.id(), new HostedVm(vm, opened));
        publish();
        LOG.log(
                System.Logger.Level.INFO,
                "A machine is attached; vm=" + vm.id() + " volumes="
                        + vm.volumes().size());
    }

    /** The same disks, captured in the same way, of a machine that is another now: nothing is closed for it. */
    private void describe(HostedVm present, VmAttachment vm) {
        store.save(machines.values().stream()
                .map(other -> other == present ? vm : other.attachment())
                .toList());
        machines.put(vm.id(), new HostedVm(vm, present.volumes()));
        publish();
    }

    private void requireAttachable(VmAttachment vm, HostedVm present) {
        if (present != null) {
            throw new HoldfastException(
                    AgentError.ALREADY_ATTACHED,
                    "machine %s is attached with other disks; detach it first".formatted(vm.id()));
        }
        if (vm.volumes().isEmpty() || vm.volumes().size() > MAX_VOLUMES || machines.size() >= MAX_MACHINES) {
            throw new HoldfastException(
                    AgentError.COMMAND_MALFORMED,
                    "a machine has 1 to %d volumes and a host at most %d machines"
                            .formatted(MAX_VOLUMES, MAX_MACHINES));
        }
        List<VolumeId> ids =
                vm.volumes().stream().map(VolumeAttachment::id).distinct().toList();
        boolean taken = machines.values().stream()
                .flatMap(other -> other.attachment().volumes().stream())
                .anyMatch(volume -> ids.contains(volume.id()));
        if (taken || ids.size() != vm.volumes().size()) {
            throw new HoldfastException(
                    AgentError.ALREADY_ATTACHED,
                    "a volume id of machine %s is in use; every volume has an id of its own".formatted(vm.id()));
        }
    }

    /** Tries again to capture running machines that could not be reached. To be called every few seconds. */
    public void retryLive() {
        for (HostedVm vm : snapshot) {
            if (isLiveAndUnavailable(vm)) {
                machines.put(vm.attachment().id(), new HostedVm(vm.attachment(), live.tryAttach(vm.attachment())));
            }
        }
        publish();
    }

    private static boolean isLiveAndUnavailable(HostedVm vm) {
        return vm.attachment().capture() instanceof Capture.Live
                && vm.volumes().stream().anyMatch(Unavailable.class::isInstance);
    }

    private void retryUnavailable(HostedVm vm) {
        if (vm.attachment().capture() instanceof Capture.Live) {
            if (isLiveAndUnavailable(vm)) {
                machines.put(vm.attachment().id(), new HostedVm(vm.attachment(), live.attach(vm.attachment())));
                publish();
            }
            return;
        }
        List<HostedVolume> volumes = new ArrayList<>();
        VmGate gate = vm.volumes().stream()
                .filter(Served.class::isInstance)
                .map(served -> ((Served) served).gate())
                .findAny()
                .orElseGet(() -> newGateOf(vm.attachment().id()));
        HoldfastException last = null;
        for (HostedVolume volume : vm.volumes()) {
            if (volume instanceof Unavailable unavailable) {
                try {
                    volumes.add(serve(unavailable.attachment(), gate));
                } catch (HoldfastException still) {
                    last = still;
                    volumes.add(new Unavailable(unavailable.attachment(), still));
                }
            } else {
                volumes.add(volume);
            }
        }
        machines.put(vm.attachment().id(), new HostedVm(vm.attachment(), volumes));
        publish();
        if (last != null) {
            throw last;
        }
    }

    private VmGate newGateOf(VmId vm) {
        VmGate gate = ownerships.newGate();
        ownerships.attach(vm, gate);
        return gate;
    }

    private HostedVolume serve(VolumeAttachment attachment, VmGate gate) {
        BlockDevice disk = backings.open(attachment.backing(), attachment.format());
        Volume volume = new Volume(attachment.id(), disk);
        boolean added = false;
        try {
            replication.add(volume);
            added = true;
        } finally {
            if (!added) {
                closeDisk(attachment, disk);
            }
        }
        return new Served(attachment, volume, new FencedDevice(new SplitterDevice(volume, writeNanos), gate), gate);
    }

    private void withdraw(HostedVolume volume) {
        if (volume instanceof Served served) {
            replication.remove(served.volume().id());
            closeDisk(served.attachment(), served.device());
        }
    }

    private static void closeDisk(VolumeAttachment attachment, BlockDevice disk) {
        try {
            disk.close();
        } catch (IOException failed) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A disk could not be closed cleanly; volume=" + attachment.id(),
                    failed);
        }
    }

    /**
     * Stops serving the machine.
     *
     * @throws HoldfastException {@code VM_NOT_ATTACHED}, or {@code VM_IN_USE} while a client is connected to one of its disks
     */
    public void detach(VmId id) {
        HostedVm vm = machines.get(id);
        if (vm == null) {
            throw new HoldfastException(AgentError.VM_NOT_ATTACHED, "machine %s is not attached".formatted(id));
        }
        synchronized (users) {
            if (users.getOrDefault(id, 0) > 0) {
                throw new HoldfastException(
                        AgentError.VM_IN_USE,
                        "%d clients are connected to disks of machine %s; stop it first".formatted(users.get(id), id));
            }
            store.save(machines.values().stream()
                    .map(HostedVm::attachment)
                    .filter(other -> !other.id().equals(id))
                    .toList());
            machines.remove(id);
            publish();
        }
        vm.volumes().forEach(this::withdraw);
        live.detach(id);
        ownerships.detach(id);
        LOG.log(System.Logger.Level.INFO, "A machine is detached; vm=" + id);
    }

    /** A client opens an export; empty when there is none of this name. */
    public Optional<Exports.Export> enter(String name) {
        synchronized (users) {
            Optional<Exports.Export> export = exports.find(name);
            export.ifPresent(found -> users.merge(found.vm(), 1, Integer::sum));
            return export;
        }
    }

    /** The client that {@link #enter}ed is gone. */
    public void leave(Exports.Export export) {
        synchronized (users) {
            users.computeIfPresent(export.vm(), (_, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Clients that are connected to disks of the machine. */
    int clientsOf(VmId vm) {
        synchronized (users) {
            return users.getOrDefault(vm, 0);
        }
    }

    private void publish() {
        snapshot = List.copyOf(machines.values());
        exports = Exports.of(snapshot);
    }

    /** At the end of the process, after the last client is gone. */
    public void close() {
        for (HostedVm vm : machines.values()) {
            for (HostedVolume volume : vm.volumes()) {
                if (volume instanceof Served served) {
                    flush(served);
                    closeDisk(served.attachment(), served.device());
                }
            }
        }
    }

    private static void flush(Served served) {
        try {
            // Not through the gate: what a fenced machine wrote before has to be on its disk, too.
            served.volume().flush();
        } catch (IOException failed) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "the disk of volume %s could not be forced: %s"
                            .formatted(served.attachment().id(), failed),
                    failed);
        }
    }
}
