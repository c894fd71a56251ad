package io.holdfast.e2e.story;

import io.holdfast.e2e.tools.Command;
import io.holdfast.localsite.LocalSite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the machines of a site's own agent leave on this host while they are there. Other sites may be on the host, too.
 *
 * @param processes ids of QEMUs
 * @param networks namespaces of isolated networks
 * @param sockets folders of monitors' sockets
 */
public record MachineTraces(Set<Long> processes, Set<String> networks, Set<Path> sockets) {
    private static final Path SOCKETS = Path.of("/run/holdfast");
    private static final int LETTERS = 8;

    public static MachineTraces of(LocalSite site) {
        String agent = site.identity().agent().toString();
        Path folder = SOCKETS.resolve(agent.substring(0, LETTERS));
        Set<Long> processes = RecordsVm.machineProcesses().stream()
                .filter(pid -> commandLine(pid).contains(folder.toString()))
                .collect(Collectors.toSet());
        Set<String> networks = RecordsVm.networks().stream()
                .filter(name -> name.startsWith(prefix(agent)))
                .collect(Collectors.toSet());
        return new MachineTraces(processes, networks, socketFolders(folder));
    }

    /** Of the names of an agent's networks (docs/machines.md, "Networks"). */
    private static String prefix(String agent) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((agent + "/owner").getBytes(StandardCharsets.UTF_8));
            return "hf-" + HexFormat.of().formatHex(hash).substring(0, LETTERS) + "-";
        } catch (NoSuchAlgorithmException absent) {
            throw new AssertionError("every JDK has SHA-256", absent);
        }
    }

    /** With what the operating system's list of processes cuts off; empty = it has ended. */
    public static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
        } catch (IOException ended) {
            return "";
        }
    }

    private static Set<Path> socketFolders(Path folder) {
        if (Files.notExists(folder)) {
            return Set.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> path.getFileName().toString().startsWith("m-"))
                    .collect(Collectors.toSet());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What is there now, and was not there when {@code before} was taken. */
    public MachineTraces without(MachineTraces before) {
        return new MachineTraces(
                minus(processes, before.processes), minus(networks, before.networks), minus(sockets, before.sockets));
    }

    private static <T> Set<T> minus(Set<T> now, Set<T> before) {
        return now.stream().filter(each -> !before.contains(each)).collect(Collectors.toSet());
    }

    /** @throws AssertionError when there is anything */
    public void requireNone() {
        if (!processes.isEmpty() || !networks.isEmpty() || !sockets.isEmpty()) {
            throw new AssertionError("left on the host: " + this);
        }
    }

    /** What is left after a failure, so that it is in nobody's way. */
    public void remove() {
        processes.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        networks.forEach(name -> Command.tryRun(RecordsVm.PATIENCE, "ip", "netns", "delete", name));
    }
}
