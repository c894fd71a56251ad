package io.holdfast.journalstore.relay;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Zero;
import java.util.Optional;

/**
 * How far a copy of all volumes has got, in their order: everything before it is at the target.
 *
 * @param volume place of the volume in the order
 * @param offset in that volume; a multiple of 4096
 */
public record Cursor(int volume, long offset) {
    public static final Cursor START = new Cursor(0, 0);
    /** Nothing is left to copy. */
    public static final Cursor END = new Cursor(Integer.MAX_VALUE, 0);

    public boolean isEnd() {
        return volume == Integer.MAX_VALUE;
    }

    Cursor plus(long length) {
        return new Cursor(volume, offset + length);
    }

    Cursor nextVolume(int volumes) {
        return volume + 1 < volumes ? new Cursor(volume + 1, 0) : END;
    }

    /**
     * The part of a change that lies before the cursor; the rest is copied later, as of a later place.
     *
     * @param place of the change's volume in the order
     */
    Optional<Change> before(Change change, int place) {
        if (place < volume) {
            return Optional.of(change);
        }
        long length = Math.min(change.length(), offset - change.offset());
        if (place > volume || length <= 0) {
            return Optional.empty();
        }
        return Optional.of(length == change.length() ? change : head(change, (int) length));
    }

    private static Change head(Change change, int length) {
        return switch (change) {
            case Data data ->
                Data.of(
                        data.volume(),
                        data.offset(),
                        data.payload().slice(data.payload().position(), length),
                        data.writtenAtMicros(),
                        data.sync());
            case Zero zero -> new Zero(zero.volume(), zero.offset(), length, zero.writtenAtMicros(), zero.sync());
            case Discard discard ->
                new Discard(discard.volume(), discard.offset(), length, discard.writtenAtMicros(), discard.sync());
        };
    }
}
