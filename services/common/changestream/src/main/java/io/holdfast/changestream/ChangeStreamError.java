package io.holdfast.changestream;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can be wrong with a batch from outside. */
public enum ChangeStreamError implements ErrorCode {
    /** A field, length or record breaks the layout of proto/change-records.md. */
    MALFORMED_BATCH(Blame.INVALID_REQUEST),
    /** The body's bytes are not the ones that the agent sealed. */
    BATCH_CHECKSUM_MISMATCH(Blame.INTERNAL),
    /** A payload's bytes are not the ones that were captured, although the batch arrived whole. */
    CHANGE_CHECKSUM_MISMATCH(Blame.INTERNAL),
    /** A body, volume table or record count over its limit. */
    BATCH_TOO_LARGE(Blame.INVALID_REQUEST);

    private final Blame blame;

    ChangeStreamError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
