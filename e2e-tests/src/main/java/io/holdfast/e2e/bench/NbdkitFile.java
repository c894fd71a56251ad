package io.holdfast.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The peer: {@code nbdkit file} on a raw file of the same file system, over TCP on the loopback address as our own servers. */
final class NbdkitFile implements AutoCloseable {
    private final Process process;
    private final int port;

    private NbdkitFile(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static NbdkitFile serve(Path file, Path log) {
        try {
            int port = freePort();
            Process process = new ProcessBuilder(
                            "nbdkit",
                            "--foreground",
                            "--exit-with-parent",
                            "--ipaddr=127.0.0.1",
                            "--port=" + port,
                            "file",
                            file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            NbdkitFile server = new NbdkitFile(process, port);
            Poll.until("nbdkit listens", Duration.ofMillis(20), Duration.ofSeconds(10), server::listens);
            return server;
        } catch (IOException missing) {
            throw new UncheckedIOException("cannot run nbdkit; 'make deps' installs it", missing);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean listens() {
        if (!process.isAlive()) {
            throw new IllegalStateException("nbdkit ended with exit code " + process.exitValue());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    String uri() {
        return "nbd://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
