package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpEvent;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.hosting.LiveMachines.Disk;
import io.holdfast.replicationagent.hosting.LiveMachines.Halt;
import io.holdfast.replicationagent.hosting.LiveMachines.Listener;
import io.holdfast.replicationagent.hosting.LiveMachines.Machine;
import io.holdfast.replicationagent.hosting.LiveState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A running QEMU whose disks are captured. One virtual thread supervises it: notices what breaks, attaches again, keeps bitmaps small. What may have been
 * missed is never guessed: a disk that broke is interrupted first and resumed when QEMU has said what was written meanwhile.
 */
final class QemuMachine implements Machine {
    private static final System.Logger LOG = System.getLogger(QemuMachine.class.getName());
    private static final Set<String> JOB_ENDS = Set.of("BLOCK_JOB_ERROR", "BLOCK_JOB_CANCELLED", "BLOCK_JOB_COMPLETED");
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final String name;
    private final Path monitorSocket;
    private final QemuNbd nbd;
    private final QemuGate gate;
    private final Duration maintenance;
    private final Listener listener;
    private final Supplier<Halt> withoutCapture;
    private final List<LiveDisk> disks = new ArrayList<>();
    /** Disks that have to be attached again, with the number of their interruption. */
    private final Map<LiveDisk, Long> broken = new ConcurrentHashMap<>();

    private final Map<VolumeId, Optional<RegionSet>> firstMissed = new HashMap<>();
    private final Semaphore wake = new Semaphore(0);
    private final AtomicLong interruptions = new AtomicLong();
    private volatile QemuMonitor qemu;
    /** Since when the processors stand still; what was captured before may lack something. */
    private volatile long stoodStillAtNanos = System.nanoTime();

    private volatile boolean stopping;
    private volatile String lastFailure = "";
    private Thread supervisor;

    /** @param withoutCapture stops the processors by a monitor connection of its own */
    QemuMachine(
            String name,
            Path monitorSocket,
            QemuNbd nbd,
            QemuGate gate,
            Duration maintenance,
            Listener listener,
            Supplier<Halt> withoutCapture) {
        this.withoutCapture = withoutCapture;
        this.name = name;
        this.monitorSocket = monitorSocket;
        this.nbd = nbd;
        this.gate = gate;
        this.maintenance = maintenance;
        this.listener = listener;
    }

    void add(LiveDisk disk) {
        disks.add(disk);
    }

    /** All disks or none; then supervises them. */
    void start() {
        boolean attached = false;
        try {
            connect();
            long instant = begin(disks);
            for (LiveDisk disk : disks) {
                firstMissed.put(disk.id(), disk.finish(qemu, instant));
            }
            attached = true;
        } catch (QmpException failed) {
            throw QemuMonitor.failure(failed);
        } catch (NbdIoException unreadable) {
            throw new HoldfastException(AgentError.QEMU_REFUSED, unreadable.getMessage(), unreadable);
        } finally {
            if (!attached) {
                stopping = true;
                release((disk, monitor) -> {
                    // Bitmaps that an earlier process left are of use to the next attempt; new ones are a trace.
                    Optional<RegionSet> missed = firstMissed.get(disk.id());
                    if (missed != null && missed.isEmpty()) {
                        disk.forget(monitor);
                    } else {
                        disk.clean(monitor);
                    }
                    stopServerBehind(disk, monitor);
                });
            }
        }
        supervisor = Thread.ofVirtual().name("qemu-" + name).start(this::supervise);
    }

    /** @return the instant as of which the disks are copies, in microseconds of our clock: before theirs, so that no copy is shown younger than it is */
    private long begin(List<LiveDisk> which) throws QmpException {
        List<Map<String, Object>> atOneInstant = new ArrayList<>();
        for (LiveDisk disk : which) {
            atOneInstant.addAll(disk.prepare(qemu));
        }
        long instant = Changes.nowMicros();
        if (!atOneInstant.isEmpty()) {
            gate.drained(() -> qemu.transaction(atOneInstant));
        }
        return instant;
    }

    private void connect() throws QmpException {
        // The end of a connection that has a successor must not break what the successor keeps.
        QemuMonitor[] mine = new QemuMonitor[1];
        QemuMonitor opened = QemuMonitor.open(
                monitorSocket, this::event, () -> Thread.ofVirtual().start(() -> lost(mine[0])));
        mine[0] = opened;
        qemu = opened;
        gate.use(opened);
        refuseForeignJobs(opened);
        nbd.ensure(opened);
    }

    private void refuseForeignJobs(QemuMonitor monitor) throws QmpException {
        Optional<BlockJob> foreign = monitor.jobs().stream()
                .filter(job -> !job.id().startsWith(QemuNbd.PREFIX))
                .findFirst();
        if (foreign.isPresent()) {
            throw new HoldfastException(
                    AgentError.QEMU_JOB_PRESENT,
                    "a block job of another product runs in this QEMU: '%s', %s; capture can begin when it has ended"
                            .formatted(foreign.get().id(), foreign.get().type()));
        }
    }

    private void event(QmpEvent event) {
        if (event.name().equals("RESUME")) {
            listener.goesOn();
        }
        if (JOB_ENDS.contains(event.name())) {
            for (LiveDisk disk : disks) {
                if (disk.jobId().equals(event.text("device"))) {
                    Thread.ofVirtual().start(() -> suspect(disk));
                }
            }
        }
    }

    /** QEMU or its monitor is gone. */
    private void lost(QemuMonitor which) {
        if (which == null || which == qemu) {
            gate.use(null);
            disks.forEach(this::interruptOne);
        }
    }

    /** An event about the disk's job: our own steps cause such events as well. */
    private void suspect(LiveDisk disk) {
        QemuMonitor current = qemu;
        try {
            if (stopping || broken.containsKey(disk) || current == null || disk.isHealthy(current)) {
                return;
            }
        } catch (QmpException away) {
            // Then it is broken in any case.
        }
        interrupt(disk);
    }

    /** Any thread. Writes of the disk may be missed. */
    void interrupt(LiveDisk first) {
        // Disks that are copies of one instant are looked at again together.
        for (LiveDisk disk : first.isFollowed() ? List.of(first) : disks) {
            interruptOne(disk);
        }
    }

    private void interruptOne(LiveDisk disk) {
        if (stopping || disk.volume() == null) {
            return;
        }
        boolean known;
        synchronized (disk) {
            disk.stopTaking();
            // A new number each time: an attach that is under way may have begun before this break.
            known = broken.put(disk, disk.volume().interrupt()) != null;
        }
        wake.release();
        if (known) {
            return;
        }
        interruptions.incrementAndGet();
        LOG.log(
                System.Logger.Level.WARNING,
                "Writes of a running machine may be missed, its disk is attached again; vm=" + name + " volume="
                        + disk.id());
    }

    private void supervise() {
        Duration retry = FIRST_RETRY;
        while (!stopping) {
            try {
                wake.tryAcquire((broken.isEmpty() ? maintenance : retry).toMillis(), TimeUnit.MILLISECONDS);
                wake.drainPermits();
                if (stopping) {
                    return;
                }
                if (!qemu.isOpen()) {
                    disks.stream().filter(disk -> !broken.containsKey(disk)).forEach(this::interruptOne);
                    connect();
                }
                attachBroken();
                keep();
                pollDue();
                lastFailure = "";
                retry = FIRST_RETRY;
            } catch (InterruptedException stopped) {
                return;
            } catch (QmpException | NbdIoException | HoldfastException failed) {
                noteFailure(failed);
                retry = retry.multipliedBy(2).compareTo(LONGEST_RETRY) < 0 ? retry.multipliedBy(2) : LONGEST_RETRY;
            } catch (RuntimeException defect) {
                LOG.log(System.Logger.Level.ERROR, "Supervision of a running machine failed; vm=" + name, defect);
                retry = LONGEST_RETRY;
            }
        }
    }

    private void noteFailure(Exception failed) {
        String now = failed.getMessage();
        if (!now.equals(lastFailure)) {
            LOG.log(System.Logger.Level.WARNING, "A running machine cannot be captured now; vm=" + name + ": " + now);
        }
        lastFailure = now;
    }

    private void attachBroken() throws QmpException, NbdIoException {
        Map<LiveDisk, Long> now = new LinkedHashMap<>();
        disks.stream().filter(broken::containsKey).forEach(disk -> now.put(disk, broken.get(disk)));
        long instant = begin(List.copyOf(now.keySet()));
        for (LiveDisk disk : now.keySet()) {
            Optional<RegionSet> missed = disk.finish(qemu, instant);
            // A break since then has another number, and the disk stays on the list.
            if (broken.remove(disk, now.get(disk))) {
                listener.resumed(disk.id(), now.get(disk), missed);
            }
        }
    }

    /** All disks of the machine together, so that they stay of one instant. */
    private void pollDue() throws QmpException, NbdIoException {
        if (broken.isEmpty()
                && disks.stream().noneMatch(LiveDisk::isBeingRead)
                && disks.stream().anyMatch(LiveDisk::isDue)) {
            for (LiveDisk disk : disks) {
                broken.put(disk, disk.volume().interrupt());
            }
            attachBroken();
        }
    }

    private void keep() throws QmpException {
        for (LiveDisk disk : disks) {
            if (!broken.containsKey(disk)) {
                if (disk.isHealthy(qemu)) {
                    disk.maintain(qemu);
                } else {
                    interrupt(disk);
                }
            }
        }
    }

    @Override
    public List<Disk> disks() {
        return disks.stream()
                .map(disk -> new Disk(
                        disk.attachment(), disk.volume(), firstMissed.getOrDefault(disk.id(), Optional.empty())))
                .toList();
    }

    @Override
    public LiveState state() {
        QemuMonitor current = qemu;
        return new LiveState(
                current != null && current.isOpen() && broken.isEmpty(),
                interruptions.get(),
                disks.getFirst().polls(),
                lastFailure);
    }

    /** The monitor while it can be used. */
    private Optional<QemuMonitor> monitor() {
        return Optional.ofNullable(qemu).filter(QemuMonitor::isOpen);
    }

    @Override
    public Halt halt() {
        Optional<QemuMonitor> open = monitor();
        if (open.isEmpty()) {
            return withoutCapture.get();
        }
        try {
            return QemuPower.halt(open.get());
        } catch (QmpException failed) {
            throw QemuMonitor.failure(failed);
        }
    }

    @Override
    public void standsStill() {
        stoodStillAtNanos = System.nanoTime();
        disks.forEach(LiveDisk::lookAgain);
        wake.release();
    }

    @Override
    public boolean isCaughtUp() {
        long since = stoodStillAtNanos;
        return broken.isEmpty() && monitor().isPresent() && disks.stream().allMatch(disk -> disk.hasAllUpTo(since));
    }

    /** Empty: there is no connection now. */
    <T> Optional<T> look(QemuLive.Look<T> look) {
        try {
            Optional<QemuMonitor> open = monitor();
            return open.isEmpty() ? Optional.empty() : Optional.of(look.at(open.get()));
        } catch (QmpException failed) {
            if (failed.kind() == QmpException.Kind.LOST) {
                return Optional.empty();
            }
            throw QemuMonitor.failure(failed);
        }
    }

    private interface Ending {
        void of(LiveDisk disk, QemuMonitor monitor) throws QmpException;
    }

    /** Each step is tried, whatever became of the one before. */
    private void release(Ending ending) {
        QemuMonitor current = qemu;
        for (LiveDisk disk : disks) {
            try {
                if (current != null && current.isOpen()) {
                    ending.of(disk, current);
                }
            } catch (QmpException | HoldfastException left) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "Something of ours may be left in a QEMU; vm=" + name + " volume=" + disk.id() + ": "
                                + left.getMessage());
            }
            disk.stopTaking();
            disk.disconnect();
        }
        gate.use(null);
        if (current != null) {
            current.close();
        }
    }

    private void stopSupervisor() {
        stopping = true;
        wake.release();
        try {
            // Its commands end by their time at the latest.
            supervisor.join(Duration.ofSeconds(30));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void detach() {
        stopSupervisor();
        release((disk, monitor) -> {
            disk.forget(monitor);
            stopServerBehind(disk, monitor);
        });
    }

    private void stopServerBehind(LiveDisk disk, QemuMonitor monitor) throws QmpException {
        if (disk == disks.getLast()) {
            nbd.stopIfUnused(monitor);
        }
    }

    @Override
    public void close() {
        stopSupervisor();
        release(LiveDisk::clean);
    }

    @Override
    public void abandon() {
        stopSupervisor();
        release((_, _) -> {});
    }
}
