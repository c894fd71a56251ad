package io.holdfast.nbd.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The receiving side of a connection: a buffer that takes as much as the socket has in one call, so that many small requests cost one
 * system call. Used by one thread at a time; {@link #stalledSince} may be read by any.
 */
public final class Inlet {
    private final SocketChannel channel;
    private final ByteBuffer buffer;
    private volatile long waitingSince;

    /** Owns the buffer until {@link #buffer} is given back by the connection. */
    public Inlet(SocketChannel channel, ByteBuffer buffer) {
        this.channel = channel;
        this.buffer = buffer.clear().limit(0);
    }

    public ByteBuffer buffer() {
        return buffer;
    }

    /** Bytes received and not consumed. */
    public int available() {
        return buffer.remaining();
    }

    /** True if {@link #require} of so many bytes can succeed. */
    public boolean fits(int bytes) {
        return bytes <= buffer.capacity();
    }

    /**
     * Waits until that many bytes are available.
     *
     * @param inFrame the peer owes these bytes: waiting counts as a stall
     * @return false if the peer closed and not a single byte was there
     * @throws EOFException if the peer closed after a part of them
     */
    public boolean require(int bytes, boolean inFrame) throws IOException {
        if (buffer.remaining() >= bytes) {
            return true;
        }
        if (buffer.position() + bytes > buffer.capacity() || !buffer.hasRemaining()) {
            buffer.compact().flip();
        }
        while (buffer.remaining() < bytes) {
            int start = buffer.position();
            int end = buffer.limit();
            buffer.position(end).limit(buffer.capacity());
            int count;
            try {
                count = receive(buffer, inFrame || end > start);
            } finally {
                buffer.limit(buffer.position()).position(start);
            }
            if (count < 0) {
                if (end == start && !inFrame) {
                    return false;
                }
                throw new EOFException("the peer closed in the middle of a message");
            }
        }
        return true;
    }

    /** Moves {@code dst.remaining()} bytes of the current frame into the buffer, without a detour for what was not received yet. */
    public void readFully(ByteBuffer dst) throws IOException {
        int ready = Math.min(buffer.remaining(), dst.remaining());
        dst.put(dst.position(), buffer, buffer.position(), ready);
        dst.position(dst.position() + ready);
        buffer.position(buffer.position() + ready);
        while (dst.hasRemaining()) {
            if (receive(dst, true) < 0) {
                throw new EOFException("the peer closed in the middle of a payload");
            }
        }
    }

    /** Drops bytes of the current frame. */
    public void skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                require(1, true);
            }
            int now = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + now);
            left -= now;
        }
    }

    private int receive(ByteBuffer into, boolean inFrame) throws IOException {
        if (!inFrame) {
            return channel.read(into);
        }
        waitingSince = System.nanoTime() | 1;
        try {
            return channel.read(into);
        } finally {
            waitingSince = 0;
        }
    }

    /** The {@link System#nanoTime} since which the peer owes bytes, or 0 if it owes none. */
    public long stalledSince() {
        return waitingSince;
    }
}
