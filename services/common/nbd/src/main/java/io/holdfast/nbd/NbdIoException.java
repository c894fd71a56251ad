package io.holdfast.nbd;

import java.io.IOException;

/**
 * Everything that can go wrong in NBD. After {@link NbdException} the connection is usable; after {@link NbdConnectionException}
 * it is gone.
 */
public abstract sealed class NbdIoException extends IOException
        permits NbdException, NbdConnectionException, ExportRefusedException {
    private static final long serialVersionUID = 1L;

    NbdIoException(String message, Throwable cause) {
        super(message, cause);
    }
}
