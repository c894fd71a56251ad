package io.holdfast.nbd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Other people's NBD programs. One that is not installed is a failure, never a skipped test. */
final class Tool {
    private static final long PATIENCE_SECONDS = 60;

    private Tool() {}

    record Outcome(List<String> command, int status, String output) {
        Outcome expectSuccess() {
            if (status != 0) {
                throw new AssertionError(command + " ended with " + status + ":\n" + output);
            }
            return this;
        }
    }

    static String find(String name) {
        String path = System.getenv("PATH") + ":/usr/sbin:/sbin";
        return Arrays.stream(path.split(":"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElseThrow(() ->
                        new AssertionError("'" + name + "' is not installed and this test needs it; run: make deps"));
    }

    /** Runs to the end and returns what it printed on both streams. */
    static Outcome run(String name, String... arguments) throws IOException {
        Path output = Files.createTempFile("tool", ".out");
        List<String> command = command(name, arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end; it printed:\n" + Files.readString(output));
            }
            return new Outcome(command, process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            Files.delete(output);
        }
    }

    private static List<String> command(String name, String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = find(name);
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return List.of(command);
    }

    /** A server program that runs until closed. */
    record Running(Process process, Path output) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            process.destroy();
            try {
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            Files.deleteIfExists(output);
        }
    }

    /** Starts a server program and waits until its Unix socket answers. */
    static Running serve(Path socket, String name, String... arguments) throws IOException {
        Running running = start(name, arguments);
        Await.until(
                name + " listens",
                () -> {
                    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                        return true;
                    } catch (IOException e) {
                        return false;
                    }
                },
                () -> evidence(running));
        return running;
    }

    /** Starts a server program and waits until its TCP port answers. */
    static Running serve(InetSocketAddress address, String name, String... arguments) throws IOException {
        Running running = start(name, arguments);
        Await.until(
                name + " listens",
                () -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(address, 1000);
                        return true;
                    } catch (IOException e) {
                        return false;
                    }
                },
                () -> evidence(running));
        return running;
    }

    private static Running start(String name, String... arguments) throws IOException {
        Path output = Files.createTempFile("tool", ".out");
        return new Running(
                new ProcessBuilder(command(name, arguments))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start(),
                output);
    }

    private static String evidence(Running running) {
        try {
            return "alive " + running.process.isAlive() + ", printed: " + Files.readString(running.output);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** A port that was free a moment ago. */
    static InetSocketAddress freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return new InetSocketAddress("127.0.0.1", probe.getLocalPort());
        }
    }
}
