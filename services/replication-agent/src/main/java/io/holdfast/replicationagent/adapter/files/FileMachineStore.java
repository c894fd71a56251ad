package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRecord;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineState.Failed;
import io.holdfast.replicationagent.machine.MachineState.Ordered;
import io.holdfast.replicationagent.machine.MachineState.Released;
import io.holdfast.replicationagent.machine.MachineState.Running;
import io.holdfast.replicationagent.machine.MachineState.Stopping;
import io.holdfast.replicationagent.machine.MachineStore;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import io.holdfast.replicationagent.machine.guest.GuestAddresses;
import io.holdfast.replicationagent.machine.guest.GuestCommandStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One file for each machine: its order and its state. */
public final class FileMachineStore implements MachineStore {
    private static final System.Logger LOG = System.getLogger(FileMachineStore.class.getName());
    private static final String SUFFIX = ".machine";

    private final StateDirectory directory;

    public FileMachineStore(StateDirectory directory) {
        this.directory = directory;
        try {
            Files.createDirectories(folder());
        } catch (IOException failed) {
            throw StateDirectory.unusable(folder(), failed);
        }
    }

    private Path folder() {
        return directory.file("machines");
    }

    private Path fileOf(MachineId machine) {
        return folder().resolve(machine + SUFFIX);
    }

    @Override
    public List<MachineRecord> load() {
        List<MachineRecord> machines = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.filter(path -> path.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList()) {
                try {
                    machines.add(
                            parse(directory.read(file).flatMap(StateText::read).orElseThrow()));
                } catch (RuntimeException damaged) {
                    // It must not keep the disks of this host from being served. The same order again finds its
                    // process.
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "The order of a machine is damaged and left alone; order it again, or end its process and delete the file; file="
                                    + file,
                            damaged);
                }
            }
        } catch (IOException unreadable) {
            throw StateDirectory.unusable(folder(), unreadable);
        }
        return machines;
    }

    @Override
    public void save(MachineRecord machine) {
        directory.replace(fileOf(machine.order().id()), StateText.write(rows(machine)));
    }

    @Override
    public GuestCommandStore guestCommands(MachineId machine) {
        return new GuestCommandFile(directory, guestFileOf(machine));
    }

    private Path guestFileOf(MachineId machine) {
        return folder().resolve(machine + ".guest");
    }

    @Override
    public void delete(MachineId machine) {
        try {
            // In this order: as long as the machine is there somebody comes back to delete it.
            Files.deleteIfExists(guestFileOf(machine));
            Files.deleteIfExists(fileOf(machine));
            StateDirectory.forceDirectory(folder());
        } catch (IOException failed) {
            throw StateDirectory.unusable(fileOf(machine), failed);
        }
    }

    private static List<List<String>> rows(MachineRecord machine) {
        MachineOrder order = machine.order();
        List<List<String>> rows = new ArrayList<>(MachineText.rows(order.spec()));
        rows.add(List.of(
                "order",
                order.id().text(),
                order.vm().toString(),
                order.name(),
                order.run().toString(),
                Long.toString(order.expiresAtMicros())));
        order.volumes()
                .forEach((volume, nbd) -> rows.add(
                        List.of("volume", volume.toString(), nbd.host(), Integer.toString(nbd.port()), nbd.export())));
        order.links().forEach((nic, link) -> rows.add(List.of("link", nic, kind(link), link.name())));
        order.probes().forEach(probe -> rows.add(row(probe)));
        order.addresses().forEach((nic, wanted) -> rows.add(row(nic, wanted)));
        rows.add(row("state", machine.state()));
        if (machine.state() instanceof Stopping stopping) {
            rows.add(row("before", stopping.before()));
        }
        return rows;
    }

    private static String kind(NetworkLink link) {
        return link instanceof NetworkLink.HostNetwork ? "host" : "isolated";
    }

    private static List<String> row(String nic, GuestAddresses wanted) {
        return List.of(
                "addresses",
                nic,
                String.join(
                        " ",
                        wanted.addresses().stream()
                                .map(GuestAddresses.Prefixed::toString)
                                .toList()),
                String.join(" ", wanted.gateways()),
                String.join(" ", wanted.dnsServers()));
    }

    private static GuestAddresses addresses(List<String> row) {
        return new GuestAddresses(
                words(row.get(2)).map(GuestAddresses.Prefixed::parse).toList(),
                words(row.get(3)).toList(),
                words(row.get(4)).toList());
    }

    private static Stream<String> words(String text) {
        return text.isEmpty() ? Stream.empty() : Stream.of(text.split(" "));
    }

    private static List<String> row(ReadinessProbe probe) {
        return switch (probe) {
            case ReadinessProbe.Tcp tcp ->
                List.of("probe", "tcp", tcp.address(), Integer.toString(tcp.port()), tcp.nic());
            case ReadinessProbe.Http http ->
                List.of("probe", "http", http.address(), Integer.toString(http.port()), http.nic(), http.path());
            case ReadinessProbe.GuestAgent _ -> List.of("probe", "guest-agent");
            case ReadinessProbe.Console console -> List.of("probe", "console", console.text());
        };
    }

    private static List<String> row(String title, MachineState state) {
        String since = Long.toString(state.sinceMicros());
        return switch (state) {
            case Ordered _ -> List.of(title, "ordered", since);
            case Released _ -> List.of(title, "released", since);
            case Running running -> List.of(title, "running", since, Long.toString(running.readyAtMicros()));
            case Failed failed ->
                List.of(
                        title,
                        "failed",
                        since,
                        Long.toString(failed.readyAtMicros()),
                        failed.code().name(),
                        failed.message());
            case Stopping stopping -> List.of(title, "stopping", since, Long.toString(stopping.cutAtMicros()));
        };
    }

    private static MachineRecord parse(List<List<String>> rows) {
        List<String> order = List.of();
        List<String> state = List.of();
        List<String> before = List.of();
        Map<VolumeId, NbdAddress> volumes = new HashMap<>();
        Map<String, NetworkLink> links = new HashMap<>();
        List<ReadinessProbe> probes = new ArrayList<>();
        Map<String, GuestAddresses> addresses = new HashMap<>();
        for (List<String> row : rows) {
            switch (row.getFirst()) {
                case "order" -> order = row;
                case "volume" ->
                    volumes.put(
                            VolumeId.parse(row.get(1)),
                            new NbdAddress(row.get(2), Integer.parseInt(row.get(3)), row.get(4)));
                case "link" -> links.put(row.get(1), link(row.get(2), row.get(3)));
                case "probe" -> probes.add(probe(row));
                case "addresses" -> addresses.put(row.get(1), addresses(row));
                case "state" -> state = row;
                case "before" -> before = row;
                default -> {}
            }
        }
        return new MachineRecord(
                new MachineOrder(
                        new MachineId(order.get(1)),
                        VmId.parse(order.get(2)),
                        order.get(3),
                        RunId.parse(order.get(4)),
                        MachineText.read(rows).orElseThrow(),
                        volumes,
                        links,
                        probes,
                        Long.parseLong(order.get(5)),
                        addresses),
                state(state, before));
    }

    private static NetworkLink link(String kind, String name) {
        return kind.equals("host") ? new NetworkLink.HostNetwork(name) : new NetworkLink.IsolatedNetwork(name);
    }

    private static ReadinessProbe probe(List<String> row) {
        return switch (row.get(1)) {
            case "tcp" -> new ReadinessProbe.Tcp(row.get(2), Integer.parseInt(row.get(3)), row.get(4));
            case "http" -> new ReadinessProbe.Http(row.get(2), Integer.parseInt(row.get(3)), row.get(5), row.get(4));
            case "guest-agent" -> new ReadinessProbe.GuestAgent();
            case "console" -> new ReadinessProbe.Console(row.get(2));
            default -> throw new IllegalArgumentException("probe " + row.get(1));
        };
    }

    private static MachineState state(List<String> row, List<String> before) {
        long since = Long.parseLong(row.get(2));
        return switch (row.get(1)) {
            case "ordered" -> new Ordered(since);
            case "released" -> new Released(since);
            case "running" -> new Running(since, Long.parseLong(row.get(3)));
            case "failed" -> new Failed(since, AgentError.valueOf(row.get(4)), row.get(5), Long.parseLong(row.get(3)));
            case "stopping" -> new Stopping(since, state(before, List.of()), Long.parseLong(row.get(3)));
            default -> throw new IllegalArgumentException("state " + row.get(1));
        };
    }
}
