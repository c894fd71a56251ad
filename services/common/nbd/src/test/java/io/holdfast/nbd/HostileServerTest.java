package io.holdfast.nbd;

import static io.holdfast.nbd.wire.Transmission.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.nbd.NbdConnectionException.Reason;
import io.holdfast.nbd.client.ClientOptions;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.wire.Handshaking;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Our client against servers that lie, stall or leave. Every case is a typed error, and no caller waits for ever. */
class HostileServerTest {
    private static final ClientOptions HASTY =
            ClientOptions.DEFAULT.withConnectTimeout(Duration.ofSeconds(2)).withRequestTimeout(Duration.ofSeconds(2));

    private interface Script {
        void play(DataInputStream in, DataOutputStream out) throws IOException;
    }

    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private InetSocketAddress playing(Script script) {
        Thread.ofVirtual().start(() -> {
            try (Socket socket = listener.accept()) {
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                script.play(new DataInputStream(socket.getInputStream()), out);
                while (socket.getInputStream().read() >= 0) {
                    // until the client leaves
                }
            } catch (IOException e) {
                // The client left: the test sees why.
            }
        });
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private static void greet(DataInputStream in, DataOutputStream out) throws IOException {
        out.writeLong(Handshaking.MAGIC);
        out.writeLong(Handshaking.OPTION_MAGIC);
        out.writeShort(3);
        in.readInt();
    }

    private static void reply(DataOutputStream out, int option, int type, byte... data) throws IOException {
        out.writeLong(Handshaking.REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(data.length);
        out.write(data);
    }

    private static void readOption(DataInputStream in) throws IOException {
        in.readLong();
        in.readInt();
        in.skipNBytes(in.readInt());
    }

    /** Up to the transmission phase of an export of 1 MiB; then reads one request of 28 bytes and answers as the script says. */
    private InetSocketAddress answering(boolean structured, Script script) {
        return playing((in, out) -> {
            greet(in, out);
            readOption(in);
            reply(out, Handshaking.OPT_STRUCTURED_REPLY, structured ? 1 : Handshaking.REP_ERR_UNSUP);
            if (structured) {
                readOption(in);
                reply(out, Handshaking.OPT_SET_META_CONTEXT, Handshaking.REP_ERR_UNSUP);
            }
            readOption(in);
            reply(out, Handshaking.OPT_GO, Handshaking.REP_INFO, RawClient.bytes(data -> {
                data.writeShort(0);
                data.writeLong(1 << 20);
                data.writeShort(FLAG_HAS_FLAGS);
            }));
            reply(out, Handshaking.OPT_GO, Handshaking.REP_ACK);
            in.skipNBytes(16);
            in.skipNBytes(12);
            script.play(in, out);
        });
    }

    private static Reason reasonToOpen(InetSocketAddress address) {
        return catchThrowableOfType(NbdConnectionException.class, () -> NbdClient.open(address, "", HASTY))
                .reason();
    }

    private static Reason reasonToRead(InetSocketAddress address) throws IOException {
        try (NbdClient client = NbdClient.open(address, "", HASTY)) {
            return catchThrowableOfType(
                            NbdConnectionException.class, () -> client.read(4096, ByteBuffer.allocate(4096)))
                    .reason();
        }
    }

    private static void chunk(DataOutputStream out, int flags, int type, byte... content) throws IOException {
        out.writeInt(STRUCTURED_REPLY_MAGIC);
        out.writeShort(flags);
        out.writeShort(type);
        out.writeLong(0);
        out.writeInt(content.length);
        out.write(content);
    }

    @Test
    void aPeerThatIsNoNbdServer() {
        assertThat(reasonToOpen(playing((_, out) -> out.writeBytes("HTTP/1.1 400 Bad Request\r\n\r\n"))))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void aPeerThatSaysNothing() {
        assertThat(reasonToOpen(playing((_, _) -> {}))).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void aPeerThatLeavesInTheHandshake() {
        assertThat(reasonToOpen(playing((in, out) -> {
                    greet(in, out);
                    throw new IOException("leaving");
                })))
                .isEqualTo(Reason.LOST);
    }

    @Test
    void aReplyToAnotherOption() {
        assertThat(reasonToOpen(playing((in, out) -> {
                    greet(in, out);
                    readOption(in);
                    reply(out, 77, Handshaking.REP_ACK);
                })))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void anEnormousOptionReply() {
        assertThat(reasonToOpen(playing((in, out) -> {
                    greet(in, out);
                    out.writeLong(Handshaking.REPLY_MAGIC);
                    out.writeInt(Handshaking.OPT_STRUCTURED_REPLY);
                    out.writeInt(1);
                    out.writeInt(Integer.MAX_VALUE);
                })))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void aWrongReplyMagic() throws IOException {
        assertThat(reasonToRead(answering(false, (_, out) -> out.write(new byte[16]))))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void aReplyToARequestThatWasNeverMade() throws IOException {
        assertThat(reasonToRead(answering(false, (_, out) -> {
                    out.writeInt(SIMPLE_REPLY_MAGIC);
                    out.writeInt(0);
                    out.writeLong(4711);
                })))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void noReplyAtAll() throws IOException {
        assertThat(reasonToRead(answering(false, (_, _) -> {}))).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void aServerThatLeavesInTheMiddleOfTheData() throws IOException {
        assertThat(reasonToRead(answering(false, (_, out) -> {
                    out.writeInt(SIMPLE_REPLY_MAGIC);
                    out.writeInt(0);
                    out.writeLong(0);
                    out.write(new byte[100]);
                    throw new IOException("leaving");
                })))
                .isEqualTo(Reason.LOST);
    }

    @Test
    void dataOutsideOfWhatWasAskedFor() throws IOException {
        for (long offset : new long[] {0, 8000, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(reasonToRead(answering(
                            true,
                            (_, out) -> chunk(out, REPLY_FLAG_DONE, REPLY_OFFSET_DATA, RawClient.bytes(data -> {
                                data.writeLong(offset);
                                data.write(new byte[4096]);
                            })))))
                    .isEqualTo(Reason.PROTOCOL);
        }
    }

    @Test
    void lessDataThanWasAskedFor() throws IOException {
        assertThat(reasonToRead(answering(
                        true,
                        (_, out) -> chunk(out, REPLY_FLAG_DONE, REPLY_OFFSET_DATA, RawClient.bytes(data -> {
                            data.writeLong(4096);
                            data.write(new byte[100]);
                        })))))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void aHoleThatIsLargerThanTheRequest() throws IOException {
        assertThat(reasonToRead(answering(
                        true,
                        (_, out) -> chunk(out, REPLY_FLAG_DONE, REPLY_OFFSET_HOLE, RawClient.bytes(data -> {
                            data.writeLong(4096);
                            data.writeInt(-1);
                        })))))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void anErrorMessageThatIsLongerThanItsChunk() throws IOException {
        assertThat(reasonToRead(answering(
                        true,
                        (_, out) -> chunk(out, REPLY_FLAG_DONE, REPLY_ERROR, RawClient.bytes(data -> {
                            data.writeInt(5);
                            data.writeShort(60_000);
                        })))))
                .isEqualTo(Reason.PROTOCOL);
    }

    @Test
    void anErrorOfAnUnknownKindFailsTheRequestAndNotTheConnection() throws IOException {
        InetSocketAddress address = answering(true, (in, out) -> {
            chunk(out, 0, REPLY_OFFSET_DATA, RawClient.bytes(data -> {
                data.writeLong(4096);
                data.write(new byte[10]);
            }));
            chunk(out, REPLY_FLAG_DONE, REPLY_ERROR_BIT + 999, RawClient.bytes(data -> {
                data.writeInt(12_345);
                data.writeShort(2);
                data.writeBytes("no");
                data.write(new byte[20]);
            }));
            in.skipNBytes(28);
            out.writeInt(STRUCTURED_REPLY_MAGIC);
            out.writeShort(REPLY_FLAG_DONE);
            out.writeShort(REPLY_OFFSET_HOLE);
            out.writeLong(1);
            out.writeInt(12);
            out.writeLong(0);
            out.writeInt(512);
        });
        try (NbdClient client = NbdClient.open(address, "", HASTY)) {
            NbdException refused =
                    catchThrowableOfType(NbdException.class, () -> client.read(4096, ByteBuffer.allocate(4096)));
            assertThat(refused.error()).isEqualTo(NbdError.EINVAL);
            assertThat(refused).hasMessageContaining("READ offset 4096, count 4096: no");
            assertThat(Fixture.read(client, 0, 512)).containsOnly(0);
        }
    }

    @Test
    void afterTheConnectionIsGoneEveryCallSaysSoAtOnce() throws IOException {
        try (NbdClient client = NbdClient.open(answering(false, (_, out) -> out.write(new byte[16])), "", HASTY)) {
            catchThrowableOfType(NbdConnectionException.class, () -> client.read(4096, ByteBuffer.allocate(512)));
            for (int i = 0; i < 200; i++) {
                assertThat(catchThrowableOfType(
                                        NbdConnectionException.class,
                                        () -> client.write(0, ByteBuffer.allocate(512), false))
                                .reason())
                        .isEqualTo(Reason.PROTOCOL);
            }
        }
    }

    @Test
    void aClosedClientSaysThatItIsClosed() throws IOException {
        NbdClient client = NbdClient.open(answering(false, (_, _) -> {}), "", HASTY);
        client.close();
        client.close();
        assertThat(catchThrowableOfType(NbdConnectionException.class, () -> client.read(0, ByteBuffer.allocate(512)))
                        .reason())
                .isEqualTo(Reason.CLOSED);
    }
}
