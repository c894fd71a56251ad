package io.holdfast.nbd.server;

import io.holdfast.nbd.wire.Handshaking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Writes what a server says during the handshake. Collects in a buffer; {@link #flush} sends. Used by one thread. */
final class OptionReplies {
    private static final int MESSAGE_LIMIT_BYTES = 1024;

    private final SocketChannel channel;
    private final ByteBuffer out;

    /** The buffer must hold the largest single reply: 16 KiB. */
    OptionReplies(SocketChannel channel, ByteBuffer out) {
        this.channel = channel;
        this.out = out.clear();
    }

    void greeting() {
        out.putLong(Handshaking.MAGIC).putLong(Handshaking.OPTION_MAGIC).putShort((short)
                (Handshaking.FLAG_FIXED_NEWSTYLE | Handshaking.FLAG_NO_ZEROES));
    }

    void ack(int option) throws IOException {
        header(option, Handshaking.REP_ACK, 0);
    }

    /** A refusal of the option with a text for people. */
    void error(int option, int type, String message) throws IOException {
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, MESSAGE_LIMIT_BYTES);
        header(option, type, length);
        out.put(text, 0, length);
    }

    /** One listed export. */
    void server(int option, byte[] name, byte[] description) throws IOException {
        header(option, Handshaking.REP_SERVER, 4 + name.length + description.length);
        out.putInt(name.length).put(name).put(description);
    }

    void infoExport(int option, long size, int flags) throws IOException {
        header(option, Handshaking.REP_INFO, 12);
        out.putShort((short) Handshaking.INFO_EXPORT).putLong(size).putShort((short) flags);
    }

    void infoText(int option, int kind, byte[] text) throws IOException {
        header(option, Handshaking.REP_INFO, 2 + text.length);
        out.putShort((short) kind).put(text);
    }

    void infoBlockSize(int option, int minimum, int preferred, int maximum) throws IOException {
        header(option, Handshaking.REP_INFO, 14);
        out.putShort((short) Handshaking.INFO_BLOCK_SIZE)
                .putInt(minimum)
                .putInt(preferred)
                .putInt(maximum);
    }

    void metaContext(int option, int id, String name) throws IOException {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        header(option, Handshaking.REP_META_CONTEXT, 4 + text.length);
        out.putInt(id).put(text);
    }

    /** The end of EXPORT_NAME, which has no reply header. */
    void exportNameAnswer(long size, int flags, boolean padding) throws IOException {
        room(10 + Handshaking.EXPORT_NAME_PADDING_BYTES);
        out.putLong(size).putShort((short) flags);
        if (padding) {
            out.put(new byte[Handshaking.EXPORT_NAME_PADDING_BYTES]);
        }
    }

    private void header(int option, int type, int length) throws IOException {
        room(Handshaking.REPLY_HEADER_BYTES + length);
        out.putLong(Handshaking.REPLY_MAGIC).putInt(option).putInt(type).putInt(length);
    }

    private void room(int bytes) throws IOException {
        if (out.remaining() < bytes) {
            flush();
        }
    }

    void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }
}
