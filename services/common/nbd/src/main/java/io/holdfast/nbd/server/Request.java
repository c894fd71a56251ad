package io.holdfast.nbd.server;

import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.ZeroOptions;
import java.nio.ByteBuffer;

/** One request of the transmission phase after it was judged. Offsets and counts are in bytes and lie within the export. */
sealed interface Request {
    /** Chosen by the client, returned in the reply. */
    long cookie();

    record Read(long cookie, long offset, int count) implements Request {}

    /** The payload is a lent buffer; null until it was received. */
    record Write(long cookie, long offset, int count, boolean fua, ByteBuffer payload) implements Request {
        Write with(ByteBuffer received) {
            return new Write(cookie, offset, count, fua, received);
        }
    }

    record Zero(long cookie, long offset, long count, ZeroOptions options) implements Request {}

    record Trim(long cookie, long offset, long count, boolean fua) implements Request {}

    record Flush(long cookie) implements Request {}

    record Cache(long cookie, long offset, long count) implements Request {}

    record BlockStatus(long cookie, long offset, long count, boolean one) implements Request {}

    /** Not to be executed: the reply is this error. */
    record Refused(long cookie, NbdError error, String message) implements Request {}
}
