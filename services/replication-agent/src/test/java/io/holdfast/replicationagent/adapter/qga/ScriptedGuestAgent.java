package io.holdfast.replicationagent.adapter.qga;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** The other end of a guest agent's socket, answering each line as a test says. One client at a time, as QEMU. */
final class ScriptedGuestAgent implements AutoCloseable {
    private final Path folder;
    private final ServerSocketChannel server;
    private final Function<String, byte[]> answers;

    /** @param answers bytes for a request line; empty = silence, null = hang up */
    ScriptedGuestAgent(Function<String, byte[]> answers) throws IOException {
        this.folder = Files.createTempDirectory("hfqga");
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        this.answers = answers;
        server.bind(UnixDomainSocketAddress.of(socket()));
        Thread.ofPlatform().daemon().name("scripted-guest-agent").start(this::serve);
    }

    Path socket() {
        return folder.resolve("qga");
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** An honest answer to a sync, with something in front of it. */
    static Optional<byte[]> sync(String line, String before) {
        int at = line.indexOf("\"id\":");
        if (!line.contains("guest-sync-delimited") || at < 0) {
            return Optional.empty();
        }
        String id = line.substring(at + 5).replaceAll("[^0-9].*", "");
        byte[] front = text(before);
        byte[] answer = text("{\"return\": " + id + "}\n");
        return Optional.of(ByteBuffer.allocate(front.length + 1 + answer.length)
                .put(front)
                .put((byte) 0xFF)
                .put(answer)
                .array());
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                converse(client);
            } catch (IOException gone) {
                // The next client.
            }
        }
    }

    private void converse(SocketChannel client) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (client.read(one.clear()) > 0) {
            line.write(one.get(0));
            if (one.get(0) == '\n') {
                byte[] answer = answers.apply(line.toString(StandardCharsets.ISO_8859_1));
                line.reset();
                if (answer == null) {
                    return;
                }
                ByteBuffer left = ByteBuffer.wrap(answer);
                while (left.hasRemaining()) {
                    client.write(left);
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(socket());
            Files.deleteIfExists(folder);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
