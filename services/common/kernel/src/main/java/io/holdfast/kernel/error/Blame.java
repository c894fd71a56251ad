package io.holdfast.kernel.error;

/** Who has to act on an error. Each class of blame is one HTTP status family and one answer to "is a retry of use?". */
public enum Blame {
    /** The request is malformed or breaks a stated rule; the same request fails again. HTTP 400. */
    INVALID_REQUEST(400, false),
    /** No valid identity was presented. HTTP 401. */
    UNAUTHENTICATED(401, false),
    /** The identity is valid and may not do this. HTTP 403. */
    FORBIDDEN(403, false),
    /** The named thing does not exist. HTTP 404. */
    NOT_FOUND(404, false),
    /** The request is well formed and does not fit the present state. HTTP 409. */
    CONFLICT(409, false),
    /** A stated limit is reached: space, memory, count. HTTP 507. */
    EXHAUSTED(507, true),
    /** Another part does not answer now. HTTP 503. */
    UNAVAILABLE(503, true),
    /** A defect of ours, or data that fails its checksum. HTTP 500. */
    INTERNAL(500, false);

    private final int httpStatus;
    private final boolean retryable;

    Blame(int httpStatus, boolean retryable) {
        this.httpStatus = httpStatus;
        this.retryable = retryable;
    }

    public int httpStatus() {
        return httpStatus;
    }

    /** Whether the unchanged request can succeed later without anybody correcting it. */
    public boolean retryable() {
        return retryable;
    }
}
