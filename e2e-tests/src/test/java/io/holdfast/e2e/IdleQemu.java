package io.holdfast.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testkit.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A machine with one disk, on an NBD export, whose processor stands still: what it writes comes from the test, through its disk's device. */
final class IdleQemu implements AutoCloseable {
    /** Name of the disk's block node. */
    static final String NODE = "drive0";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Process process;

    private IdleQemu(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** @param evidence a folder for what QEMU says */
    static IdleQemu start(InetSocketAddress address, String export, Path evidence) throws IOException {
        // A socket's address is short, and a test's folder is not.
        Path folder = Files.createTempDirectory("hfq");
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        "--",
                        "qemu-system-x86_64",
                        "-M",
                        "q35",
                        "-accel",
                        "tcg",
                        "-m",
                        "64",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-S",
                        "-qmp",
                        "unix:" + folder.resolve("agent.qmp") + ",server=on,wait=off",
                        "-qmp",
                        "unix:" + folder.resolve("test.qmp") + ",server=on,wait=off",
                        "-blockdev",
                        "driver=raw,node-name=%s,file.driver=nbd,file.server.type=inet,file.server.host=%s,file.server.port=%d,file.export=%s"
                                .formatted(NODE, address.getHostString(), address.getPort(), export),
                        "-device",
                        "virtio-blk-pci,id=disk,drive=" + NODE)
                .redirectErrorStream(true)
                .redirectOutput(evidence.resolve("idle-qemu.log").toFile())
                .start();
        IdleQemu qemu = new IdleQemu(folder, process);
        Eventually.await("QEMU listens", PATIENCE, () -> Files.exists(folder.resolve("test.qmp")) && qemu.listens());
        return qemu;
    }

    private boolean listens() {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.connect(UnixDomainSocketAddress.of(folder.resolve("test.qmp")));
        } catch (IOException notYet) {
            return false;
        }
    }

    /** The monitor for an agent. */
    Path monitor() {
        return folder.resolve("agent.qmp");
    }

    /** Writes as the guest does, and waits until the device has answered. */
    void write(long offset, int length, int pattern) {
        String io = "qemu-io -d /machine/peripheral/disk/virtio-backend \"write -P %d %d %d\""
                .formatted(pattern, offset, length);
        String said = command("human-monitor-command", Map.of("command-line", io));
        // What the write itself says goes to QEMU's output; the monitor says whether there was one.
        if (said.contains("Error")) {
            throw new AssertionError("the machine's write ended with: " + said);
        }
    }

    private String command(String name, Map<String, ?> arguments) {
        try (SocketChannel monitor = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            monitor.connect(UnixDomainSocketAddress.of(folder.resolve("test.qmp")));
            BufferedReader answers = new BufferedReader(Channels.newReader(monitor, StandardCharsets.UTF_8));
            answers.readLine();
            execute(monitor, answers, Map.of("execute", "qmp_capabilities"));
            return execute(monitor, answers, Map.of("execute", name, "arguments", arguments));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String execute(SocketChannel monitor, BufferedReader answers, Map<String, ?> command)
            throws IOException {
        monitor.write(ByteBuffer.wrap(JSON.writeValueAsBytes(command)));
        while (true) {
            String line = answers.readLine();
            if (line == null) {
                throw new IOException("QEMU ended");
            }
            if (line.contains("\"return\"") || line.contains("\"error\"")) {
                return line;
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
