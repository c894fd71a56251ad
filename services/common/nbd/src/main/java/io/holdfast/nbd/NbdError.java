package io.holdfast.nbd;

/**
 * The errors a transmission-phase reply can carry. The numbers are the protocol's own (they resemble Linux errno values but are
 * fixed by the NBD specification, section "Error values").
 */
public enum NbdError {
    /** Writing to a read-only export. */
    EPERM(1, "operation not permitted"),
    /** The medium failed; also the answer for every unexpected failure of a device. */
    EIO(5, "input/output error"),
    /** The server is out of memory for this request. */
    ENOMEM(12, "cannot allocate memory"),
    /** The request itself is wrong: unknown command or flag, bad alignment, range beyond the end for anything but a write. */
    EINVAL(22, "invalid argument"),
    /** A write beyond the end of the export, or no room left on its storage. */
    ENOSPC(28, "no space left on device"),
    /** An unfragmented read that is larger than the server sends in one chunk. */
    EOVERFLOW(75, "value too large"),
    /** A fast zeroing that would not be fast, or an operation the device does not have. */
    ENOTSUP(95, "operation not supported"),
    /** The server is shutting down; the request was not executed. */
    ESHUTDOWN(108, "server is shutting down");

    private final int code;
    private final String text;

    NbdError(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The value on the wire, never 0. */
    public int code() {
        return code;
    }

    /** A short English text, without a full stop. */
    public String text() {
        return text;
    }

    /** The error for a value read from the wire. The specification wants an unknown value treated as {@link #EINVAL}. */
    public static NbdError of(int code) {
        for (NbdError error : values()) {
            if (error.code == code) {
                return error;
            }
        }
        return EINVAL;
    }
}
