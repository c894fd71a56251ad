package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.TapCapture;
import io.holdfast.replicationagent.hosting.HostedVolume.Captured;
import io.holdfast.replicationagent.hosting.HostedVolume.Unavailable;
import io.holdfast.replicationagent.hosting.LiveMachines.Disk;
import io.holdfast.replicationagent.hosting.LiveMachines.Machine;
import io.holdfast.replicationagent.ownership.Ownerships;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The machines that run already and are captured as they run.
 *
 * <p>Threads: the agent's control thread, apart from {@link #states}.
 */
public final class LiveDesk {
    private static final System.Logger LOG = System.getLogger(LiveDesk.class.getName());

    private final LiveMachines live;
    private final Replication replication;
    private final Executor control;
    private final Ownerships ownerships;
    private final Map<VmId, Machine> machines = new ConcurrentHashMap<>();
    private final Map<VmId, LiveFence> fences = new ConcurrentHashMap<>();

    /** @param control runs what it is given on the agent's control thread, in order */
    public LiveDesk(LiveMachines live, Replication replication, Ownerships ownerships, Executor control) {
        this.ownerships = ownerships;
        this.live = live;
        this.replication = replication;
        this.control = control;
    }

    /**
     * Captures all disks of the machine, or none.
     *
     * @throws HoldfastException as {@link LiveMachines#attach} says
     */
    List<HostedVolume> attach(VmAttachment vm) {
        // Before anything is tried: a machine that cannot be captured must not run either when another owns it.
        LiveFence fence = fences.computeIfAbsent(vm.id(), _ -> newFence(vm));
        fence.lookNow();
        fence.monitorUse().lock();
        try {
            return capture(vm, fence);
        } finally {
            fence.monitorUse().unlock();
        }
    }

    private List<HostedVolume> capture(VmAttachment vm, LiveFence fence) {
        Machine machine = live.attach(vm, new Watch(fence));
        boolean added = false;
        try {
            for (Disk disk : machine.disks()) {
                replication.addLive(disk.volume(), disk.missed());
            }
            added = true;
        } finally {
            if (!added) {
                machine.disks().forEach(disk -> replication.remove(disk.volume().id()));
                machine.close();
            }
        }
        machines.put(vm.id(), machine);
        return machine.disks().stream()
                .<HostedVolume>map(disk -> new Captured(disk.attachment(), disk.volume()))
                .toList();
    }

    private LiveFence newFence(VmAttachment vm) {
        LiveFence fence = new LiveFence(vm, live, () -> Optional.ofNullable(machines.get(vm.id())));
        ownerships.attach(vm.id(), fence);
        return fence;
    }

    private final class Watch implements LiveMachines.Listener {
        private final LiveFence fence;

        Watch(LiveFence fence) {
            this.fence = fence;
        }

        @Override
        public void resumed(VolumeId volume, long interruption, Optional<RegionSet> missed) {
            control.execute(() -> replication.resume(volume, interruption, missed));
        }

        @Override
        public void goesOn() {
            fence.goesOn();
        }
    }

    /** The machine's capture; empty while it cannot be captured. Any thread. */
    Optional<Machine> captured(VmId vm) {
        return Optional.ofNullable(machines.get(vm));
    }

    LiveMachines machines() {
        return live;
    }

    /** As {@link #attach}, but a machine that cannot be reached now is noted as unavailable. */
    List<HostedVolume> tryAttach(VmAttachment vm) {
        try {
            return attach(vm);
        } catch (HoldfastException unavailable) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A running machine cannot be captured now; vm=" + vm.id() + " code="
                            + unavailable.code().name() + ": " + unavailable.getMessage());
            return vm.volumes().stream()
                    .<HostedVolume>map(volume -> new Unavailable(volume, unavailable))
                    .toList();
        }
    }

    /** Captures no more; the machine runs on without a trace of us. Does nothing for a machine that is not captured. */
    void detach(VmId vm) {
        LiveFence fence = fences.remove(vm);
        if (fence != null) {
            ownerships.detach(vm);
            fence.lift();
        }
        Machine machine = machines.remove(vm);
        if (machine != null) {
            machine.disks().forEach(disk -> replication.remove(disk.volume().id()));
            machine.detach();
        }
    }

    /** Where each machine stands. Any thread. */
    public Map<VmId, LiveState> states() {
        Map<VmId, LiveState> states = new java.util.TreeMap<>(java.util.Comparator.comparing(VmId::toString));
        machines.forEach((vm, machine) -> states.put(vm, machine.state()));
        return states;
    }

    /** The captures of tapped disks by their volumes; those that have none now are left out. Any thread. */
    public Map<VolumeId, TapCapture> captures() {
        Map<VolumeId, TapCapture> captures = new HashMap<>();
        for (Machine machine : machines.values()) {
            for (Disk disk : machine.disks()) {
                disk.volume()
                        .capture()
                        .ifPresent(capture -> captures.put(disk.volume().id(), capture));
            }
        }
        return captures;
    }

    /** At the end of the process. */
    public void close() {
        fences.values().forEach(LiveFence::lift);
        machines.values().forEach(Machine::close);
        live.close();
    }

    /** As the sudden end of the process; for tests. */
    public void abandon() {
        fences.values().forEach(LiveFence::lift);
        machines.values().forEach(Machine::abandon);
        live.close();
    }
}
