package io.holdfast.nbd;

/**
 * The connection is unusable: refused, lost, silent for too long, or the peer broke the protocol. Requests in flight may or may
 * not have been executed. Open a new connection to go on.
 */
public final class NbdConnectionException extends NbdIoException {
    private static final long serialVersionUID = 1L;

    /** Why the connection ended. */
    public enum Reason {
        /** Could not be established. */
        CONNECT,
        /** Closed or reset by the peer or the network. */
        LOST,
        /** No answer in the configured time. */
        TIMEOUT,
        /** The peer sent something the protocol does not allow. */
        PROTOCOL,
        /** Closed by this side. */
        CLOSED
    }

    private final Reason reason;

    public NbdConnectionException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public NbdConnectionException(Reason reason, String message) {
        this(reason, message, null);
    }

    public Reason reason() {
        return reason;
    }
}
