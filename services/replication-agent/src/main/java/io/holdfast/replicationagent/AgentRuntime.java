package io.holdfast.replicationagent;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.replicationagent.adapter.files.FileAttachmentStore;
import io.holdfast.replicationagent.adapter.files.FileBackings;
import io.holdfast.replicationagent.adapter.files.FileEpochStore;
import io.holdfast.replicationagent.adapter.files.FileFrozenNotes;
import io.holdfast.replicationagent.adapter.files.FileIntentMaps;
import io.holdfast.replicationagent.adapter.files.FileMachineStore;
import io.holdfast.replicationagent.adapter.files.FileOwnershipLedger;
import io.holdfast.replicationagent.adapter.files.FileSyncLedger;
import io.holdfast.replicationagent.adapter.files.FileTrackingStore;
import io.holdfast.replicationagent.adapter.files.HooksFile;
import io.holdfast.replicationagent.adapter.files.HostProbe;
import io.holdfast.replicationagent.adapter.files.IdentityFile;
import io.holdfast.replicationagent.adapter.files.StateDirectory;
import io.holdfast.replicationagent.adapter.grpc.CommandDesk;
import io.holdfast.replicationagent.adapter.grpc.InventorySource;
import io.holdfast.replicationagent.adapter.grpc.Uplink;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.nbd.AgentExports;
import io.holdfast.replicationagent.adapter.qemu.ImageServer;
import io.holdfast.replicationagent.adapter.qemu.QemuLive;
import io.holdfast.replicationagent.adapter.qga.QgaGuestAgents;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.capture.TapCapture;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.hosting.GroupGuests;
import io.holdfast.replicationagent.hosting.GuestShutdown;
import io.holdfast.replicationagent.hosting.LiveDesk;
import io.holdfast.replicationagent.hosting.Replication;
import io.holdfast.replicationagent.hosting.ServedMachines;
import io.holdfast.replicationagent.hosting.UnsentWrites;
import io.holdfast.replicationagent.machine.HostCapacity;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.ownership.Ownerships;
import io.holdfast.replicationagent.quiesce.GuestQuiescence;
import io.holdfast.replicationagent.quiesce.QuiesceMeter;
import io.holdfast.replicationagent.stream.SegmentPool;
import io.holdfast.replicationagent.stream.StreamListener;
import io.holdfast.replicationagent.sync.CopyTools;
import io.holdfast.replicationagent.sync.HashQuestion;
import io.holdfast.replicationagent.sync.ReplicaHashes;
import io.holdfast.replicationagent.sync.SyncRunner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * A whole agent, put together. Starting it is all or nothing; {@link #close} is the clean stop.
 *
 * <p>Order of a stop: guests first, so that nothing new comes; then what is in the ring leaves, for a bounded time; then the routers; then what is settled is
 * recorded. Each step bounds itself.
 */
public final class AgentRuntime implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AgentRuntime.class.getName());
    /** The agent's memory budget is 256 MiB beside the ring; this is the least that the NBD server takes. */
    private static final long NBD_PAYLOAD_BYTES = 64L << 20;

    private static final Duration LIVE_RETRY = Duration.ofSeconds(2);
    private static final Duration OWNERSHIP_TICK = Duration.ofMillis(500);

    private final AgentSettings settings;
    private final AgentIdentity identity;
    private final StateDirectory directory;
    private final SegmentPool pool;
    private final Replication replication;
    private final Ownerships ownerships;
    private final LiveDesk live;
    private final ServedMachines machines;
    private final Machines hosted;
    /** As the inventory said last. */
    private volatile HostCapacity told;

    private volatile Map<VolumeId, TapCapture> toldCaptures = Map.of();

    private final ReplicaHashes hashes;
    private final SyncRunner sync;
    private final GuestQuiescence quiescence;
    private final GuestShutdown shutdown;
    private final ControlThread control = new ControlThread();
    private final NbdServer nbd;
    private final InetSocketAddress nbdAddress;
    private volatile Uplink uplink;
    private volatile boolean serving;

    /**
     * Starts an agent.
     *
     * @param writeNanos is told the duration of every guest write
     * @param freezes counts what becomes of freezes
     * @throws HoldfastException with a stable code; nothing is left running or locked then
     */
    public static AgentRuntime start(
            AgentSettings settings, String softwareVersion, LongConsumer writeNanos, QuiesceMeter freezes) {
        settings.tls().check();
        StateDirectory directory = StateDirectory.open(settings.stateDirectory());
        AgentRuntime agent = null;
        boolean started = false;
        try {
            agent = new AgentRuntime(settings, directory, softwareVersion, writeNanos, freezes);
            started = true;
            return agent;
        } finally {
            if (!started) {
                closeQuietly(directory);
            }
        }
    }

    private AgentRuntime(
            AgentSettings settings,
            StateDirectory directory,
            String softwareVersion,
            LongConsumer writeNanos,
            QuiesceMeter freezes) {
        this.settings = settings;
        this.directory = directory;
        IdentityFile ids = IdentityFile.loadOrCreate(directory, settings.agent(), settings.host());
        identity = new AgentIdentity(
                settings.site(), ids.agent(), ids.host(), HostProbe.hostName(), softwareVersion, UUID.randomUUID());
        pool = new SegmentPool(
                settings.ringSize().bytes(),
                Math.toIntExact(settings.batchSize().bytes()));
        replication = new Replication(
                ids.agent(),
                pool,
                new FileEpochStore(directory, Clock.systemUTC()),
                new FileSyncLedger(directory),
                new FileIntentMaps(directory),
                new Wakeups());
        // Before anything is served: what is fenced stays so.
        ownerships = new Ownerships(
                new FileOwnershipLedger(directory), settings.ownership(), Changes::nowMicros, System::nanoTime);
        live = new LiveDesk(
                new QemuLive(settings.live(), new FileTrackingStore(directory)), replication, ownerships, control);
        machines = new ServedMachines(
                new FileAttachmentStore(directory),
                new FileBackings(
                        realRoots(settings.diskRoots()),
                        new ImageServer(
                                settings.live().socketDirectory(),
                                settings.live().imageWait())),
                replication,
                live,
                ownerships,
                writeNanos);
        hosted = MachineHost.open(
                settings.machines(),
                new MachineFolders(
                        settings.stateDirectory().resolve("machines"),
                        settings.live().socketDirectory(),
                        ids.agent().toString()),
                new FileMachineStore(directory));
        hashes = new ReplicaHashes(this::sendQuestion, this::wakeSync);
        sync = new SyncRunner(replication::streams, CopyTools.of(hashes));
        GroupGuests guests = new GroupGuests(machines, replication, HooksFile.load(settings.hooks()));
        QgaGuestAgents agents = new QgaGuestAgents(settings.live().socketRoots());
        shutdown = new GuestShutdown(machines, live, agents);
        quiescence = new GuestQuiescence(agents, new FileFrozenNotes(directory), guests::of, freezes);
        nbd = new NbdServer(new AgentExports(machines), ServerLimits.DEFAULT.withPayloadMemoryBytes(NBD_PAYLOAD_BYTES));
        boolean started = false;
        try {
            machines.restore();
            hosted.restore();
            nbdAddress = listen();
            startUplink();
            started = true;
        } finally {
            if (!started) {
                control.close();
                hosted.close();
                live.close();
                quiescence.close();
                nbd.close();
                machines.close();
            }
        }
    }

    private InetSocketAddress listen() {
        try {
            InetSocketAddress address = nbd.listenTcp(settings.nbdBindAddress(), settings.nbdPort());
            serving = true;
            return address;
        } catch (IOException | IllegalArgumentException unavailable) {
            throw new HoldfastException(
                    AgentError.NBD_PORT_UNAVAILABLE,
                    "cannot listen on %s port %d (%s); free the port or set holdfast.agent.nbd-port"
                            .formatted(settings.nbdBindAddress(), settings.nbdPort(), unavailable.getMessage()),
                    unavailable);
        }
    }

    private void startUplink() {
        UnsentWrites unsent = new UnsentWrites(machines::machines, replication);
        InventorySource inventory = new InventorySource(
                identity,
                HostProbe.facts(settings.hardwareUuid()),
                addressText(),
                machines::machines,
                this::tellCapacity);
        uplink = new Uplink(
                identity,
                replication,
                hashes,
                new CommandDesk(identity.agent(), machines, hosted, shutdown),
                quiescence,
                inventory::frame,
                hosted,
                ownerships,
                unsent,
                control,
                settings.tls(),
                settings.link(),
                settings.routers());
        hosted.observe(uplink::machinesChanged);
        ownerships.observe(uplink::ownershipChanged);
        sync.start();
        uplink.start();
        control.every(Duration.ofMillis(500), replication::recordWholeSyncs);
        control.every(Duration.ofSeconds(1), uplink::adaptPacking);
        control.every(settings.intentSettleInterval(), () -> settle(unsent));
        control.every(LIVE_RETRY, machines::retryLive);
        control.every(Duration.ofSeconds(1), this::tellWhatMachinesFind);
        control.every(OWNERSHIP_TICK, ownerships::tick);
        LOG.log(
                System.Logger.Level.INFO,
                "The agent serves; agent=" + identity.agent() + " host=" + identity.host() + " nbd=" + addressText()
                        + " machines=" + machines.machines().size());
    }

    /** What is settled of a fenced machine's disks need not be looked for in them any more. */
    private void settle(UnsentWrites unsent) {
        replication.settle();
        if (unsent.hasChanged(ownerships.states())) {
            uplink.ownershipChanged();
        }
    }

    private HostCapacity tellCapacity() {
        HostCapacity now = hosted.capacity();
        told = now;
        toldCaptures = live.captures();
        return now;
    }

    /** The inventory says what this host can do for machines, and the captures of taps; these change also without a command. */
    private void tellWhatMachinesFind() {
        if (!hosted.capacity().equals(told) || !live.captures().equals(toldCaptures)) {
            uplink.inventoryChanged();
        }
    }

    private boolean sendQuestion(HashQuestion question) {
        Uplink current = uplink;
        return current != null && current.ask(question);
    }

    private void wakeSync() {
        sync.wake();
    }

    private static List<Path> realRoots(List<Path> roots) {
        return roots.stream().map(AgentRuntime::realRoot).toList();
    }

    private static Path realRoot(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException missing) {
            // A root that comes later, such as a mount, is compared as it is written.
            return root.toAbsolutePath().normalize();
        }
    }

    private String addressText() {
        return nbdAddress.getAddress().getHostAddress() + ":" + nbdAddress.getPort();
    }

    public AgentIdentity identity() {
        return identity;
    }

    public InetSocketAddress nbdAddress() {
        return nbdAddress;
    }

    public Replication replication() {
        return replication;
    }

    public ServedMachines machines() {
        return machines;
    }

    /** Machines that this host runs for recovery runs. */
    public Machines hosted() {
        return hosted;
    }

    /** Who owns this host's machines. */
    public Ownerships ownerships() {
        return ownerships;
    }

    public LiveDesk live() {
        return live;
    }

    public SegmentPool ring() {
        return pool;
    }

    public Uplink uplink() {
        return uplink;
    }

    public GuestQuiescence quiescence() {
        return quiescence;
    }

    /** Whether guests can reach their disks. */
    public boolean isServing() {
        return serving;
    }

    @Override
    public void close() {
        serving = false;
        // First of all: a guest that is frozen cannot let go of its disks.
        quiescence.close();
        shutdown.close();
        hosted.close();
        live.close();
        nbd.close();
        // A sync under way could fill the ring for as long as it takes: what it has not copied stays marked.
        sync.close();
        boolean drained = awaitDrained();
        uplink.close();
        control.close();
        replication.close();
        machines.close();
        closeQuietly(directory);
        LOG.log(System.Logger.Level.INFO, "The agent has stopped; everythingAcknowledged=" + drained);
    }

    /**
     * For tests of recovery: lets go of every file and socket as the end of the process would, and records nothing.
     */
    public void abandon() {
        serving = false;
        control.close();
        uplink.close();
        shutdown.close();
        sync.close();
        hosted.close();
        live.abandon();
        nbd.close();
        machines.close();
        closeQuietly(directory);
    }

    private boolean awaitDrained() {
        long end = System.nanoTime() + settings.stopTimeout().toNanos();
        while (!replication.isDrained() && System.nanoTime() - end < 0 && uplink.isConnected()) {
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return replication.isDrained();
    }

    private static void closeQuietly(StateDirectory directory) {
        try {
            directory.close();
        } catch (IOException ignored) {
            // The lock ends with the process at the latest.
        }
    }

    /** Streams tell sender and copier; both are there before any stream is. */
    private final class Wakeups implements StreamListener {
        @Override
        public void sendable() {
            Uplink current = uplink;
            if (current != null) {
                current.wake();
            }
        }

        @Override
        public void copyable() {
            sync.wake();
        }
    }
}
