package io.holdfast.testkit.guest;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest under QEMU's emulation.
 *
 * <p>Threads: any.
 */
public final class RunningGuest implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("HF ready ([0-9.]+)");
    private static final Pattern DONE = Pattern.compile("HF done (\\d+)");
    /** A guest that talks without end must not fill the test's memory; the log file has everything. */
    private static final int MAX_LINES = 200_000;

    private final Process qemu;
    private final Path sockets;
    private final Path log;
    private final int port;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private final Thread lastResort;
    private boolean consoleEnded;

    private RunningGuest(Process qemu, Path sockets, Path log, int port) {
        this.qemu = qemu;
        this.sockets = sockets;
        this.log = log;
        this.port = port;
        this.reader = Thread.ofVirtual().name("guest-console").start(this::readConsole);
        this.lastResort = new Thread(qemu::destroyForcibly, "guest-end");
        Runtime.getRuntime().addShutdownHook(lastResort);
    }

    static RunningGuest start(GuestSpec spec, Path evidence) {
        try {
            Files.createDirectories(evidence);
            Path log = Files.createTempFile(evidence, "guest-" + spec.program() + "-", ".console");
            // Paths of sockets have 107 bytes at most, which a module's target folder can exceed.
            Path sockets = spec.sockets().isPresent()
                    ? Files.createDirectories(spec.sockets().get())
                    : Files.createTempDirectory("hfguest");
            int port = spec.forwardedPort().isPresent() ? freePort() : 0;
            Process qemu = new ProcessBuilder(command(spec, sockets, port))
                    .redirectErrorStream(true)
                    .start();
            return new RunningGuest(qemu, sockets, log, port);
        } catch (IOException failed) {
            throw new UncheckedIOException("the guest did not start; 'make deps' installs QEMU", failed);
        }
    }

    private static List<String> command(GuestSpec spec, Path sockets, int port) {
        List<String> words = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-m",
                spec.memoryMiB() + "M",
                "-no-reboot",
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-kernel",
                spec.image().kernel().toString(),
                "-initrd",
                spec.image().initramfs().toString(),
                "-append",
                kernelWords(spec),
                "-qmp",
                "unix:" + sockets.resolve("qmp") + ",server=on,wait=off",
                "-device",
                "virtio-serial-pci",
                "-chardev",
                "socket,id=agent,path=" + sockets.resolve("qga") + ",server=on,wait=off",
                "-device",
                "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"));
        for (GuestDisk disk : spec.disks()) {
            words.addAll(List.of("-blockdev", disk.blockdev()));
            words.addAll(List.of("-device", "virtio-blk-pci,drive=" + disk.nodeName() + ",id=dev-" + disk.nodeName()));
        }
        spec.forwardedPort()
                .ifPresent(inside -> words.addAll(List.of(
                        // Restricted: nothing but the forwarded port goes in, and nothing goes out.
                        "-netdev",
                        "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-10.0.2.15:%d".formatted(port, inside),
                        "-device",
                        "virtio-net-pci,netdev=net,romfile=")));
        return words;
    }

    private static String kernelWords(GuestSpec spec) {
        return "console=ttyS0 quiet panic=-1 holdfast.run=%s holdfast.agent=%s holdfast.lifetime=%d"
                .formatted(
                        spec.program(),
                        spec.guestAgent() ? "on" : "off",
                        spec.lifetime().toSeconds());
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private void readConsole() {
        try (BufferedReader in =
                        new BufferedReader(new InputStreamReader(qemu.getInputStream(), StandardCharsets.ISO_8859_1));
                BufferedWriter out = Files.newBufferedWriter(log, StandardCharsets.ISO_8859_1)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.write(line);
                out.newLine();
                out.flush();
                synchronized (lines) {
                    if (lines.size() < MAX_LINES) {
                        lines.add(line);
                    }
                    lines.notifyAll();
                }
            }
        } catch (IOException ended) {
            // The process was ended while its console was read.
        } finally {
            synchronized (lines) {
                consoleEnded = true;
                lines.notifyAll();
            }
        }
    }

    /**
     * Waits until a line of the console contains the pattern, lines from before included.
     *
     * @throws AssertionError after the limit, or when the guest ends before, with the end of the console
     */
    public MatchResult awaitLine(Pattern pattern, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (lines) {
            for (int next = 0; ; ) {
                for (; next < lines.size(); next++) {
                    Matcher matcher = pattern.matcher(lines.get(next));
                    if (matcher.find()) {
                        return matcher.toMatchResult();
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0 || consoleEnded) {
                    throw new AssertionError((consoleEnded ? "the guest ended" : "not within " + limit)
                            + " before its console said '" + pattern + "'; " + evidence());
                }
                waitForLines(left);
            }
        }
    }

    private void waitForLines(long millis) {
        try {
            lines.wait(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the guest", interrupted);
        }
    }

    /** Waits until disks are mounted and the program begins; gives the seconds since the kernel started. */
    public double awaitReady(Duration limit) {
        return Double.parseDouble(awaitLine(READY, limit).group(1));
    }

    /** Newest number that the program has said to be done and on stable storage; 0 = none. What is said later was not asked for here. */
    public long done() {
        synchronized (lines) {
            for (int i = lines.size() - 1; i >= 0; i--) {
                Matcher matcher = DONE.matcher(lines.get(i));
                if (matcher.find()) {
                    return Long.parseLong(matcher.group(1));
                }
            }
            return 0;
        }
    }

    /** Waits until the program has done this number. */
    public void awaitDone(long number, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (lines) {
            while (done() < number) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0 || consoleEnded) {
                    throw new AssertionError("the guest's program did not come to " + number + "; " + evidence());
                }
                waitForLines(left);
            }
        }
    }

    /** What the console has said so far. */
    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    public boolean isRunning() {
        return qemu.isAlive();
    }

    /** QEMU's monitor, one client at a time. */
    public Path qmpSocket() {
        return sockets.resolve("qmp");
    }

    /** The guest agent's end on the host, one client at a time. */
    public Path guestAgentSocket() {
        return sockets.resolve("qga");
    }

    /** Where the forwarded port is reached. */
    public InetSocketAddress forwardedAddress() {
        if (port == 0) {
            throw new IllegalStateException("the guest has no network");
        }
        return new InetSocketAddress("127.0.0.1", port);
    }

    /** The last lines of the console and where the rest is. */
    public String evidence() {
        synchronized (lines) {
            return "console log %s ends with %s"
                    .formatted(log, lines.subList(Math.max(0, lines.size() - 12), lines.size()));
        }
    }

    /** The power cut: SIGKILL, nothing is flushed. */
    public void kill() {
        qemu.destroyForcibly();
        try {
            if (!qemu.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("QEMU outlives SIGKILL; pid " + qemu.pid());
            }
            reader.join(Duration.ofSeconds(10));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
        Runtime.getRuntime().removeShutdownHook(lastResort);
        try {
            for (Path socket : List.of(qmpSocket(), guestAgentSocket(), sockets)) {
                Files.deleteIfExists(socket);
            }
        } catch (IOException leftBehind) {
            System.err.println("left behind: " + sockets + ": " + leftBehind);
        }
    }
}
