package io.holdfast.nbd;

import java.io.IOException;
import java.util.Objects;

/**
 * A block operation failed with a definite {@link NbdError}. Thrown by devices (the server sends the error to the client) and by
 * the client (the server answered with it). The connection stays usable.
 *
 * <p>The message goes to the peer when it negotiated structured replies: it names the operation and the range, never contents.
 */
public non-sealed class NbdException extends NbdIoException {
    private static final long serialVersionUID = 1L;

    private final NbdError error;

    public NbdException(NbdError error, String message) {
        this(error, message, null);
    }

    public NbdException(NbdError error, String message, IOException cause) {
        super(Objects.requireNonNull(message), cause);
        this.error = Objects.requireNonNull(error);
    }

    /** What the reply carries. */
    public NbdError error() {
        return error;
    }
}
