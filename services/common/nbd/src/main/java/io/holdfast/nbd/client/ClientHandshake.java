package io.holdfast.nbd.client;

import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.NbdConnectionException;
import io.holdfast.nbd.wire.ExportInfo;
import io.holdfast.nbd.wire.Handshaking;
import io.holdfast.nbd.wire.Inlet;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The client's side of the fixed newstyle handshake. Needs a server that knows GO; all of the last ten years do.
 * Source: NBD specification, "Newstyle negotiation".
 */
final class ClientHandshake {
    private static final int REPLY_LIMIT_BYTES = 64 << 10;
    private static final int REPLIES_PER_OPTION_LIMIT = 20_000;
    /** How QEMU names the contexts of its bitmaps; flag 1 = dirty. Source: QEMU, docs/interop/nbd.txt. */
    static final String DIRTY_BITMAP = "qemu:dirty-bitmap:";

    private final SocketChannel channel;
    private final Inlet inlet;

    ClientHandshake(SocketChannel channel, Inlet inlet) {
        this.channel = channel;
        this.inlet = inlet;
    }

    /** What opening an export gave. */
    record Opened(ExportInfo info, boolean structured, int allocationContext, boolean dirtyBitmap) {
        /** The value of {@code allocationContext} if there is none. */
        static final int NO_CONTEXT = -1;
    }

    private record Reply(int type, ByteBuffer data) {
        boolean isError() {
            return type < 0;
        }

        String text() {
            return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
        }
    }

    /** @param metaContext what block status is to be about: {@code base:allocation}, or a dirty bitmap of QEMU */
    Opened open(String export, boolean wantStructured, String metaContext) throws IOException {
        greet();
        boolean structured = wantStructured
                && !only(Handshaking.OPT_STRUCTURED_REPLY, new byte[0]).isError();
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        int context = structured ? selectContext(name, metaContext) : Opened.NO_CONTEXT;
        boolean bitmap = metaContext.startsWith(DIRTY_BITMAP);
        ByteBuffer query = ByteBuffer.allocate(4 + name.length + 2 + 2);
        query.putInt(name.length).put(name).putShort((short) 1).putShort((short) Handshaking.INFO_BLOCK_SIZE);
        send(Handshaking.OPT_GO, query.array());
        long size = -1;
        int flags = 0;
        BlockSizes sizes = BlockSizes.DEFAULT;
        for (int i = 0; i < REPLIES_PER_OPTION_LIMIT; i++) {
            Reply reply = receive(Handshaking.OPT_GO);
            if (reply.isError()) {
                throw refused(export, reply);
            } else if (reply.type() == Handshaking.REP_ACK && size >= 0) {
                return new Opened(new ExportInfo(size, flags, sizes), structured, context, bitmap);
            } else if (reply.type() != Handshaking.REP_INFO) {
                break;
            }
            ByteBuffer data = reply.data();
            int kind = data.remaining() < 2 ? -1 : data.getShort() & 0xffff;
            if (kind == Handshaking.INFO_EXPORT && data.remaining() == 10) {
                size = data.getLong();
                flags = data.getShort() & 0xffff;
            } else if (kind == Handshaking.INFO_BLOCK_SIZE && data.remaining() == 12) {
                sizes = sizes(data.getInt(), data.getInt(), data.getInt());
            }
        }
        throw broken("the answer to GO is not one");
    }

    List<ExportCatalog.Entry> list() throws IOException {
        greet();
        send(Handshaking.OPT_LIST, new byte[0]);
        List<ExportCatalog.Entry> entries = new ArrayList<>();
        for (int i = 0; i < REPLIES_PER_OPTION_LIMIT; i++) {
            Reply reply = receive(Handshaking.OPT_LIST);
            if (reply.isError()) {
                throw refused("", reply);
            } else if (reply.type() == Handshaking.REP_ACK) {
                // Leaving without a word is allowed, but servers log it.
                send(Handshaking.OPT_ABORT, new byte[0]);
                return List.copyOf(entries);
            }
            ByteBuffer data = reply.data();
            int length = data.remaining() < 4 ? -1 : data.getInt();
            if (reply.type() != Handshaking.REP_SERVER || length < 0 || length > data.remaining()) {
                break;
            }
            byte[] name = new byte[length];
            data.get(name);
            entries.add(new ExportCatalog.Entry(
                    new String(name, StandardCharsets.UTF_8),
                    StandardCharsets.UTF_8.decode(data).toString()));
        }
        throw broken("the answer to LIST is not one");
    }

    private void greet() throws IOException {
        require(Handshaking.GREETING_BYTES);
        if (inlet.buffer().getLong() != Handshaking.MAGIC || inlet.buffer().getLong() != Handshaking.OPTION_MAGIC) {
            throw broken("the peer does not speak newstyle NBD");
        }
        int flags = inlet.buffer().getShort();
        if ((flags & Handshaking.FLAG_FIXED_NEWSTYLE) == 0) {
            throw broken("the server does not speak fixed newstyle NBD");
        }
        int ours = Handshaking.FLAG_FIXED_NEWSTYLE | flags & Handshaking.FLAG_NO_ZEROES;
        write(ByteBuffer.allocate(4).putInt(ours).flip());
    }

    private int selectContext(byte[] name, String metaContext) throws IOException {
        byte[] query = metaContext.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(12 + name.length + query.length);
        data.putInt(name.length).put(name).putInt(1).putInt(query.length).put(query);
        send(Handshaking.OPT_SET_META_CONTEXT, data.array());
        int context = Opened.NO_CONTEXT;
        for (int i = 0; i < REPLIES_PER_OPTION_LIMIT; i++) {
            Reply reply = receive(Handshaking.OPT_SET_META_CONTEXT);
            if (reply.isError()) {
                return Opened.NO_CONTEXT;
            } else if (reply.type() == Handshaking.REP_ACK) {
                return context;
            } else if (reply.type() == Handshaking.REP_META_CONTEXT
                    && reply.data().remaining() >= 4) {
                context = reply.data().getInt();
            }
        }
        throw broken("the answer to SET_META_CONTEXT has no end");
    }

    private Reply only(int option, byte[] data) throws IOException {
        send(option, data);
        return receive(option);
    }

    private void send(int option, byte[] data) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(Handshaking.OPTION_HEADER_BYTES + data.length);
        write(message.putLong(Handshaking.OPTION_MAGIC)
                .putInt(option)
                .putInt(data.length)
                .put(data)
                .flip());
    }

    private Reply receive(int option) throws IOException {
        require(Handshaking.REPLY_HEADER_BYTES);
        ByteBuffer in = inlet.buffer();
        long magic = in.getLong();
        int answered = in.getInt();
        int type = in.getInt();
        int length = in.getInt();
        if (magic != Handshaking.REPLY_MAGIC || answered != option || length < 0 || length > REPLY_LIMIT_BYTES) {
            throw broken("malformed reply to option " + option);
        }
        ByteBuffer data = ByteBuffer.allocate(length);
        inlet.readFully(data);
        return new Reply(type, data.flip());
    }

    private void require(int bytes) throws IOException {
        if (!inlet.require(bytes, true)) {
            throw new EOFException();
        }
    }

    private void write(ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            channel.write(data);
        }
    }

    private BlockSizes sizes(int minimum, int preferred, int maximum) throws IOException {
        try {
            // A server without a limit of its own says 0xffffffff; ours applies.
            int most =
                    Integer.compareUnsigned(maximum, BlockSizes.PAYLOAD_LIMIT) > 0 ? BlockSizes.PAYLOAD_LIMIT : maximum;
            int best = Math.min(preferred, most);
            return new BlockSizes(minimum, best, most);
        } catch (IllegalArgumentException e) {
            throw broken("impossible block sizes: " + e.getMessage());
        }
    }

    private static ExportRefusedException refused(String export, Reply reply) {
        ExportRefusedException.Reason reason =
                switch (reply.type()) {
                    case Handshaking.REP_ERR_UNKNOWN -> ExportRefusedException.Reason.UNKNOWN;
                    case Handshaking.REP_ERR_POLICY -> ExportRefusedException.Reason.POLICY;
                    case Handshaking.REP_ERR_SHUTDOWN -> ExportRefusedException.Reason.SHUTDOWN;
                    default -> ExportRefusedException.Reason.OTHER;
                };
        String text = reply.text();
        return new ExportRefusedException(
                reason,
                "export '" + export + "' refused: "
                        + (text.isEmpty() ? "error 0x" + Integer.toHexString(reply.type()) : text));
    }

    private static NbdConnectionException broken(String message) {
        return new NbdConnectionException(NbdConnectionException.Reason.PROTOCOL, message);
    }
}
