package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.testkit.Eventually;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A real libvirtd beside whatever the host has: in a mount namespace of its own, where its folders are ours and its user exists. It sees the host's networks, and its
 * QEMUs outlive it, as everywhere. Needs root.
 */
final class PrivateLibvirt implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    /** What libvirtd learns of the host's QEMUs takes it ten seconds, and holds until they change. */
    private static final Path CACHE = Path.of("target", "libvirt-cache").toAbsolutePath();

    private static final String SETTINGS = """
            listen_tls = 0
            auth_unix_ro = "none"
            auth_unix_rw = "none"
            unix_sock_dir = "%s"
            """;
    private static final String QEMU_SETTINGS = """
            user = "root"
            group = "root"
            security_driver = "none"
            cgroup_controllers = [ ]
            namespaces = [ ]
            remember_owner = 0
            stdio_handler = "file"
            """;
    /** The package of the daemon has its user made by another package, which starts the daemon of the system. */
    private static final String SCRIPT = """
            set -e
            mine() { mkdir -p "$base/$1" "$2"; mount --bind "$base/$1" "$2"; }
            base=$0
            mine run /run/libvirt
            mine lib /var/lib/libvirt
            mine log /var/log/libvirt
            mine etc /etc/libvirt
            mkdir -p /var/cache/libvirt && mount --bind "$1" /var/cache/libvirt
            for file in passwd group; do cp "/etc/$file" "$base/$file"; done
            grep -q ^libvirt-qemu: "$base/passwd" || echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin' >>"$base/passwd"
            grep -q ^libvirt-qemu: "$base/group" || echo 'libvirt-qemu:x:64055:' >>"$base/group"
            for file in passwd group; do mount --bind "$base/$file" "/etc/$file"; done
            exec libvirtd -f "$base/libvirtd.conf" -p "$base/libvirtd.pid"
            """;

    private final Path base;
    private Process daemon;

    PrivateLibvirt() throws IOException {
        // A socket's address is short.
        base = Files.createTempDirectory("hfl");
        Files.createDirectories(CACHE);
        Files.createDirectories(base.resolve("etc"));
        Files.createDirectories(base.resolve("sockets"));
        Files.writeString(base.resolve("libvirtd.conf"), SETTINGS.formatted(base.resolve("sockets")));
        Files.writeString(base.resolve("etc").resolve("qemu.conf"), QEMU_SETTINGS);
        start();
    }

    String uri() {
        return "qemu:///system?socket=" + socket();
    }

    private Path socket() {
        return base.resolve("sockets").resolve("libvirt-sock");
    }

    void start() throws IOException {
        Files.deleteIfExists(socket());
        ProcessBuilder builder = new ProcessBuilder(
                        "unshare", "--mount", "sh", "-c", SCRIPT, base.toString(), CACHE.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(said()));
        builder.environment().put("PATH", System.getenv("PATH") + ":/usr/sbin:/sbin");
        daemon = builder.start();
        Eventually.await("libvirtd listens", PATIENCE, () -> Files.exists(socket()), this::words);
    }

    private File said() {
        return base.resolve("libvirtd.log").toFile();
    }

    private String words() {
        try {
            return "alive=%s, it said: %s".formatted(daemon.isAlive(), Files.readString(said().toPath()));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    /** As kill -9, or a crash: its domains go on. */
    void kill() {
        daemon.destroyForcibly().onExit().join();
    }

    /** As SIGSTOP: it accepts connections, and answers nothing. */
    void freeze(boolean frozen) throws IOException, InterruptedException {
        new ProcessBuilder("kill", frozen ? "-STOP" : "-CONT", Long.toString(daemon.pid()))
                .start()
                .waitFor();
    }

    @Override
    public void close() throws IOException {
        kill();
        for (Path domain : below(base.resolve("run").resolve("qemu"))) {
            if (domain.toString().endsWith(".pid")) {
                long pid = Long.parseLong(Files.readString(domain).strip());
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
        below(base).stream().map(Path::toFile).forEach(File::delete);
    }

    private static List<Path> below(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
