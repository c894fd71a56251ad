package io.holdfast.nbd;

import io.holdfast.nbd.wire.Handshaking;
import io.holdfast.nbd.wire.Transmission;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;

/** Speaks NBD byte by byte over a plain socket, right or wrong as the test wants. Shares no code with the client under test. */
final class RawClient implements AutoCloseable {
    record OptionReply(int option, int type, byte[] data) {
        String text() {
            return new String(data, StandardCharsets.UTF_8);
        }
    }

    record Simple(int error, long cookie) {}

    record Chunk(int flags, int type, long cookie, byte[] content) {
        boolean done() {
            return (flags & Transmission.REPLY_FLAG_DONE) != 0;
        }

        int error() {
            return java.nio.ByteBuffer.wrap(content).getInt();
        }

        String message() {
            return new String(content, 6, content.length - 6, StandardCharsets.UTF_8);
        }
    }

    interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    final Socket socket = new Socket();
    final DataInputStream in;
    final DataOutputStream out;
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

    RawClient(InetSocketAddress address) throws IOException {
        socket.connect(address, 5000);
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(collected);
    }

    /** Connected and past the flags. */
    static RawClient greeted(InetSocketAddress address) throws IOException {
        RawClient client = new RawClient(address);
        client.greet(3);
        return client;
    }

    /** In the transmission phase. */
    static RawClient opened(InetSocketAddress address, String export, boolean structured) throws IOException {
        RawClient client = greeted(address);
        if (structured) {
            client.option(Handshaking.OPT_STRUCTURED_REPLY);
            Assertions.assertThat(client.readOptionReply().type()).isEqualTo(Handshaking.REP_ACK);
            client.option(Handshaking.OPT_SET_META_CONTEXT, contextQuery(export, "base:allocation"));
            client.readUntilEnd();
        }
        client.option(Handshaking.OPT_GO, infoQuery(export, Handshaking.INFO_BLOCK_SIZE));
        List<OptionReply> replies = client.readUntilEnd();
        Assertions.assertThat(replies.getLast().type()).as("end of GO").isEqualTo(Handshaking.REP_ACK);
        return client;
    }

    void greet(int clientFlags) throws IOException {
        Assertions.assertThat(in.readLong()).as("NBDMAGIC").isEqualTo(0x4e42444d41474943L);
        Assertions.assertThat(in.readLong()).as("IHAVEOPT").isEqualTo(0x49484156454F5054L);
        Assertions.assertThat(in.readUnsignedShort()).as("server flags").isEqualTo(3);
        out.writeInt(clientFlags);
        send();
    }

    /** Sends what was written to {@link #out}. */
    void send() throws IOException {
        socket.getOutputStream().write(collected.toByteArray());
        collected.reset();
    }

    void option(int option, byte... data) throws IOException {
        out.writeLong(0x49484156454F5054L);
        out.writeInt(option);
        out.writeInt(data.length);
        out.write(data);
        send();
    }

    OptionReply readOptionReply() throws IOException {
        Assertions.assertThat(in.readLong()).as("option reply magic").isEqualTo(0x3e889045565a9L);
        int option = in.readInt();
        int type = in.readInt();
        byte[] data = new byte[in.readInt()];
        in.readFully(data);
        return new OptionReply(option, type, data);
    }

    /** All replies to an option up to and including the acknowledgement or error. */
    List<OptionReply> readUntilEnd() throws IOException {
        List<OptionReply> replies = new ArrayList<>();
        do {
            replies.add(readOptionReply());
        } while (replies.getLast().type() > 0 && replies.getLast().type() != Handshaking.REP_ACK);
        return replies;
    }

    void request(int flags, int command, long cookie, long offset, int count, byte... payload) throws IOException {
        queue(flags, command, cookie, offset, count, payload);
        send();
    }

    /** As {@link #request}, sent together with the next one. */
    void queue(int flags, int command, long cookie, long offset, int count, byte... payload) throws IOException {
        out.writeInt(0x25609513);
        out.writeShort(flags);
        out.writeShort(command);
        out.writeLong(cookie);
        out.writeLong(offset);
        out.writeInt(count);
        out.write(payload);
    }

    Simple readSimple() throws IOException {
        Assertions.assertThat(in.readInt()).as("simple reply magic").isEqualTo(0x67446698);
        return new Simple(in.readInt(), in.readLong());
    }

    byte[] readBytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        return bytes;
    }

    Chunk readChunk() throws IOException {
        Assertions.assertThat(in.readInt()).as("structured reply magic").isEqualTo(0x668e33ef);
        int flags = in.readUnsignedShort();
        int type = in.readUnsignedShort();
        long cookie = in.readLong();
        return new Chunk(flags, type, cookie, readBytes(in.readInt()));
    }

    /** The server closes without saying anything more. */
    void expectClosed() throws IOException {
        int next;
        try {
            next = in.read();
        } catch (java.net.SocketException e) {
            return; // closed with our bytes unread: a reset
        }
        Assertions.assertThat(next).as("next byte; -1 means closed").isEqualTo(-1);
    }

    static byte[] bytes(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            body.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    static byte[] infoQuery(String export, int... wanted) {
        return bytes(out -> {
            byte[] name = export.getBytes(StandardCharsets.UTF_8);
            out.writeInt(name.length);
            out.write(name);
            out.writeShort(wanted.length);
            for (int kind : wanted) {
                out.writeShort(kind);
            }
        });
    }

    static byte[] contextQuery(String export, String... queries) {
        return bytes(out -> {
            byte[] name = export.getBytes(StandardCharsets.UTF_8);
            out.writeInt(name.length);
            out.write(name);
            out.writeInt(queries.length);
            for (String query : queries) {
                out.writeInt(query.length());
                out.writeBytes(query);
            }
        });
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
