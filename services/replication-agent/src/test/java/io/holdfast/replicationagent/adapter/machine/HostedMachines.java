package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.replicationagent.adapter.files.FileMachineStore;
import io.holdfast.replicationagent.adapter.files.StateDirectory;
import io.holdfast.replicationagent.fixture.MemoryDevice;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineTools;
import io.holdfast.replicationagent.machine.MachineView;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import io.holdfast.replicationagent.machine.guest.GuestAddresses;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Machines with real QEMUs on this host, of whatever runs them, the disks of their guests in memory behind an NBD server, as a recovery session would export them. */
public final class HostedMachines implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(180);
    static final int DISK_BYTES = 1 << 20;
    /** Puts its name on its disk, serves HTTP, says whom it reaches, and powers itself off when it is told to. */
    private static final String PROGRAM = """
            #!/bin/sh
            say() { echo "HF $*" >/dev/console; }
            setting() { sed -n "s/.*holdfast\\.$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }
            ip route add default dev eth0 2>/dev/null
            setting name | dd of=/dev/vda bs=4096 conv=sync,fsync 2>/dev/null && say "wrote $(setting name)"
            say "serial <$(cat /sys/block/vda/serial)>"
            mkdir -p /www && setting name >/www/index.html && httpd -p 8080 -h /www
            for target in $(setting reach | tr , ' '); do
              if ping -c 1 -W 3 "$target" >/dev/null 2>&1; then say "reached $target"; else say "cannot reach $target"; fi
            done
            say serving
            if [ "$(setting beat)" = yes ]; then
              beat=0
              while true; do
                beat=$((beat + 1))
                echo "beat $beat" | dd of=/dev/vda bs=4096 seek=$((beat % 200 + 1)) conv=sync,fsync,notrunc 2>/dev/null && say "beat $beat"
                usleep 20000
              done
            fi
            if [ "$(setting off)" = yes ]; then say "last words"; echo o >/proc/sysrq-trigger; fi
            """;

    private static final String SHUTDOWN = """
            #!/bin/sh
            echo "HF shuts down in order" >/dev/console
            echo o >/proc/sysrq-trigger
            """;

    static final GuestParts PARTS = GuestParts.find();
    static final GuestImage IMAGE = GuestImage.build(
            PARTS,
            Path.of("target", "machines").toAbsolutePath(),
            Map.of("usr/holdfast/recovered", PROGRAM, "sbin/shutdown", SHUTDOWN));

    final Path folder;
    final StateDirectory directory;
    final FileMachineStore store;
    public final MachineFolders folders;
    final NbdServer nbd;
    final InetSocketAddress nbdAddress;
    public final Map<String, MemoryDevice> disks = new ConcurrentHashMap<>();
    final Path sockets;
    private final List<MachineOrder> orders = new ArrayList<>();
    private final BiFunction<MachineSettings, MachineFolders, MachineRunner> runners;
    private MachineRunner runner;
    public Machines machines;
    /** Of an agent that opens from now on. */
    boolean endWithAgent;

    HostedMachines(Path folder) throws IOException {
        this(folder, (settings, folders) -> new QemuRunner(MachineSettings.PROGRAM, settings, folders));
    }

    /** @param runners what runs the machines of an agent that opens */
    public HostedMachines(Path folder, BiFunction<MachineSettings, MachineFolders, MachineRunner> runners)
            throws IOException {
        this.runners = runners;
        this.folder = folder;
        this.directory = StateDirectory.open(folder.resolve("state"));
        this.store = new FileMachineStore(directory);
        this.sockets = Files.createTempDirectory("hfm");
        this.folders = new MachineFolders(
                folder.resolve("state").resolve("machines"),
                sockets,
                UUID.randomUUID().toString());
        this.nbd = new NbdServer(new Disks());
        this.nbdAddress = nbd.listenTcp("127.0.0.1", 0);
        open();
    }

    /** An agent's start. */
    void open() {
        LinuxNetworks networks = new LinuxNetworks(Map.of(), folders);
        runner = runners.apply(settings(endWithAgent), folders);
        machines = new Machines(
                new MachineTools(runner, networks, store, new NetworkProbes(networks), InstantSource.system()),
                DataSize.ofMiB(4_096));
        machines.restore();
    }

    /** The agent ends and comes back. */
    public void reopen() {
        machines.close();
        open();
    }

    static MachineSettings settings(boolean endWithAgent) {
        Path none = Path.of("/nonexistent");
        return new MachineSettings(
                new Hypervisor.Qemu(MachineSettings.PROGRAM),
                MachineSettings.Accelerator.TCG,
                DataSize.ofMiB(4_096),
                Map.of(),
                List.of(PARTS.root(), IMAGE.initramfs().getParent()),
                none,
                none,
                endWithAgent);
    }

    /** What a test orders: a guest with one disk and one card in the isolated network {@code lan}. */
    public Guest guest(String name, String address) {
        return new Guest(name, address);
    }

    public final class Guest {
        private final String name;
        private final String address;
        private RunId run = RunId.random();
        private String words = "";
        private String export = "";
        private String serial = "";
        private List<ReadinessProbe> probes = List.of();
        private String network = "lan";
        private Map<String, GuestAddresses> given = Map.of();

        private Guest(String name, String address) {
            this.name = name;
            this.address = address;
        }

        public Guest run(RunId of) {
            run = of;
            return this;
        }

        public Guest words(String more) {
            words = " " + more;
            return this;
        }

        public Guest names(String exportName, String serialNumber, String networkName) {
            export = exportName;
            serial = serialNumber;
            network = networkName;
            return this;
        }

        public Guest probes(ReadinessProbe... all) {
            probes = List.of(all);
            return this;
        }

        /** What its one card is given by its agent. */
        public Guest given(GuestAddresses addresses) {
            given = Map.of("eth0", addresses);
            return this;
        }

        public MachineOrder order() {
            VolumeId volume = VolumeId.random();
            String exported = export.isEmpty() ? volume.toString() : export;
            disks.put(exported, new MemoryDevice(DISK_BYTES));
            String line = "console=ttyS0 quiet panic=-1 holdfast.run=recovered holdfast.agent=on holdfast.lifetime=600"
                    + " holdfast.name=" + name + " holdfast.address=" + address + "/24" + words;
            MachineOrder order = new MachineOrder(
                    new MachineId(UUID.randomUUID().toString()),
                    VmId.random(),
                    name,
                    run,
                    new MachineSpec(
                            1,
                            192L << 20,
                            Firmware.BIOS,
                            "q35",
                            List.of(new Disk(volume, Bus.VIRTIO, serial)),
                            List.of(new Nic("eth0", mac(), NicModel.VIRTIO, "production")),
                            Optional.of(new DirectBoot(
                                    IMAGE.kernel().toString(), IMAGE.initramfs().toString(), line))),
                    Map.of(volume, new NbdAddress("127.0.0.1", nbdAddress.getPort(), exported)),
                    Map.of("eth0", new NetworkLink.IsolatedNetwork(network)),
                    probes,
                    0,
                    given);
            orders.add(order);
            return order;
        }

        /** One for each address: a bridge cannot tell two cards of the same apart. */
        private String mac() {
            return "52:54:00:12:34:%02x".formatted(Integer.parseInt(address.substring(address.lastIndexOf('.') + 1)));
        }

        public MachineOrder start() {
            MachineOrder order = order();
            machines.start(order);
            return order;
        }
    }

    public MachineView view(MachineOrder order) {
        return machines.views().stream()
                .filter(view -> view.order().id().equals(order.id()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no machine " + order.id()));
    }

    public MachineView await(MachineOrder order, String what, Predicate<MachineView> condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            MachineView view = view(order);
            if (condition.test(view)) {
                return view;
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + PATIENCE + ": " + what + "; " + evidence(view));
            }
            pause();
        }
    }

    public MachineView awaitReady(MachineOrder order) {
        MachineView view = await(
                order,
                "ready",
                now -> now.state() instanceof MachineState.Failed
                        || now.state() instanceof MachineState.Running running && running.readyAtMicros() != 0);
        if (view.state() instanceof MachineState.Failed) {
            throw new AssertionError("failed: " + evidence(view));
        }
        return view;
    }

    public void stop(MachineOrder order, Duration grace) {
        machines.stop(order.id(), grace);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (machines.views().stream().anyMatch(view -> view.order().id().equals(order.id()))) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not forgotten within " + PATIENCE + ": " + evidence(view(order)));
            }
            pause();
        }
    }

    public String evidence(MachineView view) {
        return "state %s, problem '%s', QEMU said '%s', console ends with:%n%s"
                .formatted(
                        view.state(),
                        view.problem(),
                        QemuProcess.logOf(folders.of(view.order().id())),
                        view.consoleTail());
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(20));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    public String diskText(MachineOrder order) {
        byte[] bytes =
                disks.get(order.volumes().values().iterator().next().export()).contents();
        int length = 0;
        while (length < bytes.length && bytes[length] >= 0x20) {
            length++;
        }
        return new String(bytes, 0, length, java.nio.charset.StandardCharsets.US_ASCII);
    }

    /** What is left of a machine on this host; empty = nothing. */
    public List<String> remains(MachineOrder order) throws IOException {
        List<String> found = new ArrayList<>();
        MachineFolders.MachineFiles files = folders.of(order.id());
        for (Path path : List.of(files.folder(), files.socketFolder())) {
            if (Files.exists(path)) {
                found.add(path.toString());
            }
        }
        for (MachineOrder.IsolatedKey key : order.isolatedNetworks()) {
            Path namespace = Path.of("/run/netns", folders.namespace(key.run().toString(), key.name()));
            if (Files.exists(namespace)) {
                found.add(namespace.toString());
            }
        }
        Path tap = Path.of("/sys/class/net", folders.tap(order.id(), 0));
        if (Files.exists(tap)) {
            found.add(tap.toString());
        }
        ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(order.id().uuid().toString()))
                        .isPresent())
                .forEach(process -> found.add("process " + process.pid()));
        return found;
    }

    private final class Disks implements ExportCatalog {
        @Override
        public Lease open(String name) throws IOException {
            MemoryDevice disk = disks.get(name);
            if (disk == null) {
                throw ExportRefusedException.unknown(name);
            }
            return ExportCatalog.leaseOf(disk, "");
        }

        @Override
        public List<Entry> list() {
            return List.of();
        }
    }

    @Override
    public void close() {
        machines.close();
        MachineRunner clearing = runners.apply(settings(endWithAgent), folders);
        LinuxNetworks networks = new LinuxNetworks(Map.of(), folders);
        for (MachineOrder order : orders) {
            clearing.clear(order);
            order.isolatedNetworks().forEach(networks::remove);
        }
        clearing.close();
        nbd.close();
        try (Stream<Path> left = Files.walk(sockets)) {
            left.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
            directory.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
