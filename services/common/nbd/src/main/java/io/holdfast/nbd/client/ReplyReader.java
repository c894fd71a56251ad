package io.holdfast.nbd.client;

import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdConnectionException;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.wire.Inlet;
import io.holdfast.nbd.wire.Transmission;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Receives replies and completes the requests they belong to. Believes nothing a server says before checking it against the request:
 * data outside of the asked range ends the connection. Used by the reader thread. Source: NBD specification, "Structured reply types".
 */
final class ReplyReader {
    private static final int MESSAGE_LIMIT_BYTES = 4096;
    private static final long SKIP_LIMIT_BYTES = 64L << 20;

    private final Inlet inlet;
    private final ClientHandshake.Opened opened;
    private final Map<Long, PendingRequest> pending;

    ReplyReader(Inlet inlet, ClientHandshake.Opened opened, Map<Long, PendingRequest> pending) {
        this.inlet = inlet;
        this.opened = opened;
        this.pending = pending;
    }

    /** Waits for one reply or chunk and takes it in. False if the server closed between two replies. */
    boolean readOne() throws IOException {
        if (!inlet.require(Transmission.SIMPLE_REPLY_BYTES, false)) {
            return false;
        }
        int magic = inlet.buffer().getInt(inlet.buffer().position());
        if (magic == Transmission.SIMPLE_REPLY_MAGIC) {
            simple();
        } else if (magic == Transmission.STRUCTURED_REPLY_MAGIC && opened.structured()) {
            chunk();
        } else {
            throw broken("reply magic 0x" + Integer.toHexString(magic));
        }
        return true;
    }

    private void simple() throws IOException {
        ByteBuffer in = inlet.buffer();
        in.getInt();
        int error = in.getInt();
        long cookie = in.getLong();
        PendingRequest request = request(cookie);
        if (error != 0) {
            finish(cookie, request, failure(request, error, ""));
            return;
        }
        if (request.command == Transmission.CMD_READ) {
            if (opened.structured()) {
                throw broken("simple reply to a READ although structured replies were negotiated");
            }
            data(request, request.offset, request.count);
        }
        finish(cookie, request, null);
    }

    private void chunk() throws IOException {
        if (!inlet.require(Transmission.CHUNK_HEADER_BYTES, true)) {
            throw new EOFException();
        }
        ByteBuffer in = inlet.buffer();
        in.getInt();
        boolean done = (in.getShort() & Transmission.REPLY_FLAG_DONE) != 0;
        int type = in.getShort() & 0xffff;
        long cookie = in.getLong();
        long length = in.getInt() & 0xffff_ffffL;
        PendingRequest request = request(cookie);
        switch (type) {
            case Transmission.REPLY_NONE -> expect(length == 0 && done, type, length);
            case Transmission.REPLY_OFFSET_DATA -> {
                expect(length > 8, type, length);
                fixed(8);
                data(request, in.getLong(), length - 8);
            }
            case Transmission.REPLY_OFFSET_HOLE -> {
                expect(length == 12, type, length);
                fixed(12);
                hole(request, in.getLong(), in.getInt() & 0xffff_ffffL);
            }
            case Transmission.REPLY_BLOCK_STATUS -> {
                expect(length >= 12 && length % 8 == 4 && length <= 4 + 8L * (1 << 20), type, length);
                extents(request, (int) (length - 4) / 8);
            }
            default -> {
                expect((type & Transmission.REPLY_ERROR_BIT) != 0 && length >= 6, type, length);
                error(request, length);
            }
        }
        if (done) {
            conclude(cookie, request);
        }
    }

    private void conclude(long cookie, PendingRequest request) throws IOException {
        if (request.complaint == null) {
            if (request.command == Transmission.CMD_READ && request.coveredBytes != request.count) {
                throw broken(request + ": the server sent " + request.coveredBytes + " bytes");
            }
            if (request.command == Transmission.CMD_BLOCK_STATUS && request.extents == null) {
                throw broken(request + ": the server sent no extents");
            }
        }
        finish(cookie, request, request.complaint);
    }

    private void finish(long cookie, PendingRequest request, NbdException failure) {
        pending.remove(cookie);
        request.complete(failure);
    }

    private void data(PendingRequest request, long offset, long length) throws IOException {
        ByteBuffer part = part(request, offset, length);
        inlet.readFully(part);
        request.coveredBytes += length;
    }

    private void hole(PendingRequest request, long offset, long length) throws IOException {
        ByteBuffer part = part(request, offset, length);
        while (part.remaining() >= Long.BYTES) {
            part.putLong(0);
        }
        while (part.hasRemaining()) {
            part.put((byte) 0);
        }
        request.coveredBytes += length;
    }

    private static ByteBuffer part(PendingRequest request, long offset, long length) throws IOException {
        long start = offset - request.offset;
        if (request.command != Transmission.CMD_READ
                || length == 0
                || start < 0
                || start > request.count
                || length > request.count - start) {
            throw broken(request + ": the server sent data for offset " + offset + ", count " + length);
        }
        return request.destination.slice(request.destination.position() + (int) start, (int) length);
    }

    private void extents(PendingRequest request, int count) throws IOException {
        fixed(4);
        boolean ours = inlet.buffer().getInt() == opened.allocationContext();
        if (request.command != Transmission.CMD_BLOCK_STATUS) {
            throw broken(request + ": the server sent extents");
        }
        List<Extent> extents = new ArrayList<>();
        long end = request.offset + request.count;
        long at = request.offset;
        for (int i = 0; i < count; i++) {
            fixed(8);
            long length = inlet.buffer().getInt() & 0xffff_ffffL;
            int state = inlet.buffer().getInt();
            // The last one may reach beyond the request; nobody asked about that part.
            long counted = Math.min(length, end - at);
            if (counted > 0) {
                extents.add(new Extent(at, counted, opened.dirtyBitmap() ? dirtiness(state) : kind(state)));
                at += counted;
            }
        }
        if (ours && !extents.isEmpty()) {
            request.extents = extents;
        }
    }

    /** A hole that is not known to read as zeroes is treated as data: nothing may be concluded about its contents. */
    private static Extent.Kind kind(int state) {
        if ((state & Transmission.STATE_ZERO) == 0) {
            return Extent.Kind.DATA;
        }
        return (state & Transmission.STATE_HOLE) != 0 ? Extent.Kind.HOLE : Extent.Kind.ZERO;
    }

    private static Extent.Kind dirtiness(int state) {
        return (state & 1) != 0 ? Extent.Kind.DATA : Extent.Kind.HOLE;
    }

    private void error(PendingRequest request, long length) throws IOException {
        fixed(6);
        int error = inlet.buffer().getInt();
        int messageLength = inlet.buffer().getShort() & 0xffff;
        if (messageLength > length - 6 || length > SKIP_LIMIT_BYTES || error == 0) {
            throw broken(request + ": malformed error chunk");
        }
        byte[] message = new byte[Math.min(messageLength, MESSAGE_LIMIT_BYTES)];
        inlet.readFully(ByteBuffer.wrap(message));
        inlet.skip(length - 6 - message.length);
        if (request.complaint == null) {
            request.complaint = failure(request, error, new String(message, StandardCharsets.UTF_8));
        }
    }

    private static NbdException failure(PendingRequest request, int code, String message) {
        NbdError error = NbdError.of(code);
        return new NbdException(error, request + ": " + (message.isEmpty() ? error.text() : message));
    }

    private PendingRequest request(long cookie) throws IOException {
        PendingRequest request = pending.get(cookie);
        if (request == null) {
            throw broken("reply to a request that was not made");
        }
        return request;
    }

    private void fixed(int bytes) throws IOException {
        if (!inlet.require(bytes, true)) {
            throw new EOFException();
        }
    }

    private static void expect(boolean condition, int type, long length) throws IOException {
        if (!condition) {
            throw broken("reply chunk of type " + type + " with length " + length);
        }
    }

    private static NbdConnectionException broken(String message) {
        return new NbdConnectionException(NbdConnectionException.Reason.PROTOCOL, message);
    }
}
