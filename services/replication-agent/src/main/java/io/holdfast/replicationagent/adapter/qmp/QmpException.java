package io.holdfast.replicationagent.adapter.qmp;

import java.io.IOException;

/** A command that QEMU refused, or a connection that can carry none any more. */
public final class QmpException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What failed. */
    public enum Kind {
        /** QEMU answered with an error; the connection stays usable and nothing was done. */
        REFUSED,
        /** No connection came about. */
        CONNECT,
        /** The connection ended: QEMU is gone, or it was closed here. */
        LOST,
        /** QEMU did not answer in time; the connection is closed, as what the command did is unknown. */
        TIMEOUT,
        /** The peer does not speak QMP, or says more than is allowed; the connection is closed. */
        PROTOCOL
    }

    private final Kind kind;
    private final String errorClass;

    QmpException(Kind kind, String message) {
        this(kind, "", message, null);
    }

    QmpException(Kind kind, String errorClass, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.errorClass = errorClass;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the connection is of no more use. */
    public boolean isFatal() {
        return kind != Kind.REFUSED;
    }

    /** QEMU's class of a refusal, such as {@code GenericError} or {@code DeviceNotFound}; else empty. */
    public String errorClass() {
        return errorClass;
    }
}
