package io.holdfast.nbd.server;

import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.wire.Handshaking;
import io.holdfast.nbd.wire.Transmission;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sending side of a connection. Replies are written whole, in the order of the calls. A reply may be held back while more are about to
 * follow ({@code more}); whoever says so makes sure that {@link #flush} follows soon.
 *
 * <p>Threads: any number. {@link #stalledSince} may be read by any.
 */
final class ReplySender {
    private static final int MESSAGE_LIMIT_BYTES = 1024;
    /** Payloads up to this are copied behind their header: cheaper than a call with two buffers. */
    private static final int COPY_LIMIT_BYTES = 16 << 10;

    private final SocketChannel channel;
    private final ByteBuffer out;
    private final boolean structured;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean heldBack;
    private volatile long sendingSince;

    ReplySender(SocketChannel channel, ByteBuffer out, boolean structured) {
        this.channel = channel;
        this.out = out.clear();
        this.structured = structured;
    }

    /** Success without data. */
    void done(long cookie, boolean more) throws IOException {
        lock.lock();
        try {
            room(Transmission.SIMPLE_REPLY_BYTES);
            simple(cookie, 0);
            finish(more);
        } finally {
            lock.unlock();
        }
    }

    /** Failure. The message goes along if the client negotiated structured replies. */
    void failed(long cookie, NbdError error, String message, boolean more) throws IOException {
        byte[] text = structured ? message.getBytes(StandardCharsets.UTF_8) : new byte[0];
        int textBytes = Math.min(text.length, MESSAGE_LIMIT_BYTES);
        lock.lock();
        try {
            room(Transmission.CHUNK_HEADER_BYTES + 6 + textBytes);
            if (structured) {
                chunk(cookie, Transmission.REPLY_ERROR, 6 + textBytes);
                out.putInt(error.code()).putShort((short) textBytes).put(text, 0, textBytes);
            } else {
                simple(cookie, error.code());
            }
            finish(more);
        } finally {
            lock.unlock();
        }
    }

    /** The answer to a read: all of it in one chunk, which also serves clients that must not get fragments. Consumes the data. */
    void data(long cookie, long offset, ByteBuffer data, boolean more) throws IOException {
        lock.lock();
        try {
            int header = structured ? Transmission.CHUNK_HEADER_BYTES + 8 : Transmission.SIMPLE_REPLY_BYTES;
            boolean copy = data.remaining() <= COPY_LIMIT_BYTES;
            room(copy ? header + data.remaining() : header);
            if (structured) {
                chunk(cookie, Transmission.REPLY_OFFSET_DATA, 8 + data.remaining());
                out.putLong(offset);
            } else {
                simple(cookie, 0);
            }
            if (copy) {
                out.put(data);
                finish(more);
            } else {
                writeOut(data);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The answer to a block status request. */
    void extents(long cookie, List<Extent> extents, boolean more) throws IOException {
        lock.lock();
        try {
            int content = 4 + 8 * extents.size();
            room(Transmission.CHUNK_HEADER_BYTES + 4);
            chunk(cookie, Transmission.REPLY_BLOCK_STATUS, content);
            out.putInt(Handshaking.BASE_ALLOCATION_ID);
            for (Extent extent : extents) {
                room(8);
                out.putInt((int) extent.length());
                out.putInt(
                        switch (extent.kind()) {
                            case DATA -> 0;
                            case ZERO -> Transmission.STATE_ZERO;
                            case HOLE -> Transmission.STATE_HOLE | Transmission.STATE_ZERO;
                        });
            }
            finish(more);
        } finally {
            lock.unlock();
        }
    }

    /** Sends what was held back. */
    void flush() throws IOException {
        if (heldBack) {
            lock.lock();
            try {
                writeOut(null);
            } finally {
                lock.unlock();
            }
        }
    }

    private void simple(long cookie, int error) {
        out.putInt(Transmission.SIMPLE_REPLY_MAGIC).putInt(error).putLong(cookie);
    }

    private void chunk(long cookie, int type, int length) {
        out.putInt(Transmission.STRUCTURED_REPLY_MAGIC)
                .putShort((short) Transmission.REPLY_FLAG_DONE)
                .putShort((short) type)
                .putLong(cookie)
                .putInt(length);
    }

    private void room(int bytes) throws IOException {
        if (out.remaining() < bytes) {
            writeOut(null);
        }
    }

    private void finish(boolean more) throws IOException {
        if (more) {
            heldBack = true;
        } else {
            writeOut(null);
        }
    }

    private void writeOut(ByteBuffer data) throws IOException {
        out.flip();
        sendingSince = System.nanoTime() | 1;
        try {
            ByteBuffer[] both = data == null ? null : new ByteBuffer[] {out, data};
            while (out.hasRemaining() || data != null && data.hasRemaining()) {
                long sent = both == null ? channel.write(out) : channel.write(both);
                if (sent > 0) {
                    sendingSince = System.nanoTime() | 1;
                }
            }
        } finally {
            sendingSince = 0;
            // After a failure the connection ends; what was not sent is of no use to anybody.
            out.clear();
            heldBack = false;
        }
    }

    /** The {@link System#nanoTime} since which the peer has taken nothing, or 0 if nothing waits for it. */
    long stalledSince() {
        return sendingSince;
    }
}
