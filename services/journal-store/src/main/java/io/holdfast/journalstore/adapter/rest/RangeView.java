package io.holdfast.journalstore.adapter.rest;

import io.holdfast.kernel.ByteRange;

/** A stretch of a volume. */
public record RangeView(Long offsetBytes, Long lengthBytes) {
    static RangeView of(ByteRange range) {
        return new RangeView(range.offset(), range.length());
    }

    /**
     * @throws NullPointerException when something is missing
     * @throws IllegalArgumentException when it is no stretch
     */
    ByteRange range() {
        return new ByteRange(offsetBytes, lengthBytes);
    }
}
