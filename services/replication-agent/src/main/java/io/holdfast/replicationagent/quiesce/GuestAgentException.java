package io.holdfast.replicationagent.quiesce;

/** A guest's agent did not do what it was asked. */
public final class GuestAgentException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is known of it. */
    public enum Kind {
        /** Nobody listens on the socket: the machine is not running. */
        GONE,
        /** No answer in time; the request may still be carried out. */
        SILENT,
        /** The answer was an error; nothing was done. */
        REFUSED,
        /** What came is no answer, or the connection broke; the request may have been carried out. */
        BROKEN
    }

    private final Kind kind;

    public GuestAgentException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public GuestAgentException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
