package io.holdfast.nbd.server;

import io.holdfast.nbd.wire.Inlet;
import io.holdfast.nbd.wire.Transmission;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Turns received bytes into judged requests with their payloads. Used by one thread at a time, the one that holds the receiving role.
 */
final class RequestReader {
    /** The payload of a refused write is skipped up to this; above, the connection ends. */
    static final long SKIP_LIMIT_BYTES = 64L << 20;

    private final Inlet inlet;
    private final RequestValidator validator;
    private final BufferPool pool;
    private final ReplySender sender;

    RequestReader(Inlet inlet, RequestValidator validator, BufferPool pool, ReplySender sender) {
        this.inlet = inlet;
        this.validator = validator;
        this.pool = pool;
        this.sender = sender;
    }

    /**
     * Waits for a request, then adds it and all others that have been received completely, up to the limit.
     *
     * @return false if the client is done: it sent DISC or closed between two requests. Requests may have been added all the same
     * @throws IOException if the connection failed or the client broke the protocol; requests may have been added all the same
     */
    boolean read(ArrayDeque<Request> into, int limit) throws IOException {
        if (!inlet.require(Transmission.REQUEST_BYTES, false)) {
            return false;
        }
        boolean first = true;
        for (int i = 0; i < limit && (first || inlet.available() >= Transmission.REQUEST_BYTES); i++) {
            ByteBuffer in = inlet.buffer();
            int at = in.position();
            int magic = in.getInt(at);
            int flags = in.getShort(at + 4) & 0xffff;
            int command = in.getShort(at + 6) & 0xffff;
            long cookie = in.getLong(at + 8);
            long offset = in.getLong(at + 16);
            long count = in.getInt(at + 24) & 0xffff_ffffL;
            if (magic != Transmission.REQUEST_MAGIC) {
                throw new ProtocolException("request magic 0x" + Integer.toHexString(magic));
            }
            if (command == Transmission.CMD_DISC) {
                return false;
            }
            Request request = validator.judge(flags, command, cookie, offset, count);
            if (command == Transmission.CMD_WRITE) {
                request = withPayload(request, count, first);
                if (request == null) {
                    return true;
                }
            } else {
                in.position(at + Transmission.REQUEST_BYTES);
            }
            into.addLast(request);
            first = false;
        }
        return true;
    }

    /**
     * The write with its payload, or the refusal with the payload skipped. Null: something was read already and this one is not complete,
     * so nothing of it was consumed and the others need not wait for it.
     */
    private Request withPayload(Request request, long count, boolean mayWait) throws IOException {
        if (!mayWait && inlet.available() < Transmission.REQUEST_BYTES + count) {
            return null;
        }
        if (!(request instanceof Request.Write write)) {
            if (count > SKIP_LIMIT_BYTES) {
                throw new ProtocolException("a write of " + count + " bytes");
            }
            inlet.skip(Transmission.REQUEST_BYTES + count);
            return request;
        }
        int whole = Transmission.REQUEST_BYTES + write.count();
        // A small one is completed in the receive buffer: the same call brings in its successors.
        if (inlet.fits(2 * whole) && !inlet.require(whole, true)) {
            throw new EOFException();
        }
        ByteBuffer payload = pool.tryTake(write.count());
        if (payload == null) {
            if (!mayWait) {
                return null;
            }
            // Nothing may wait for this thread while it waits for others.
            sender.flush();
            payload = pool.take(write.count());
        }
        inlet.skip(Transmission.REQUEST_BYTES);
        try {
            inlet.readFully(payload);
            payload.flip();
            return write.with(payload);
        } catch (IOException | RuntimeException e) {
            pool.giveBack(payload);
            throw e;
        }
    }
}
