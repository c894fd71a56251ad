package io.holdfast.kernel.error;

/** Codes that every part can answer with. */
public enum CommonError implements ErrorCode {
    /** Text that should be an id is not one. */
    INVALID_ID(Blame.INVALID_REQUEST),
    /** A body, header or parameter cannot be read or breaks its stated range. */
    INVALID_REQUEST(Blame.INVALID_REQUEST),
    /** A setting has no value, a wrong unit or a value outside its range; the part does not start. */
    INVALID_CONFIGURATION(Blame.INVALID_REQUEST),
    /** The same Idempotency-Key came with a different request. */
    IDEMPOTENCY_KEY_REUSED(Blame.CONFLICT),
    /** The thing was changed by somebody else in between. */
    CONCURRENT_MODIFICATION(Blame.CONFLICT),
    UNAUTHENTICATED(Blame.UNAUTHENTICATED),
    FORBIDDEN(Blame.FORBIDDEN),
    NOT_FOUND(Blame.NOT_FOUND),
    /** The file system under a data directory is full or over its reserve. */
    STORAGE_FULL(Blame.EXHAUSTED),
    /** A data directory cannot be created, read or written. */
    STORAGE_UNUSABLE(Blame.UNAVAILABLE),
    /** Kafka, the database or another service does not answer within its limit. */
    DEPENDENCY_UNAVAILABLE(Blame.UNAVAILABLE),
    /** Bytes do not match their checksum. */
    CHECKSUM_MISMATCH(Blame.INTERNAL),
    /** Bytes do not follow their format. */
    MALFORMED_DATA(Blame.INTERNAL),
    INTERNAL(Blame.INTERNAL);

    private final Blame blame;

    CommonError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
