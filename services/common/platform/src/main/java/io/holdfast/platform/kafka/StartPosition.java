package io.holdfast.platform.kafka;

import java.time.Instant;
import java.util.Objects;
import java.util.OptionalLong;

/** Where a reader begins in each partition when it starts. Later it goes on from where it was. */
public sealed interface StartPosition {
    /** The oldest record there is. For compacted topics: the whole state. */
    record Beginning() implements StartPosition {}

    /** Behind the last record there is now. */
    record End() implements StartPosition {}

    /** The first record dated at or after the instant; the end when there is none. */
    record FromTime(Instant instant) implements StartPosition {
        public FromTime {
            Objects.requireNonNull(instant, "instant");
        }
    }

    /** Where the handler stored that it was; the beginning for a partition without a stored position. */
    record Stored(Positions positions) implements StartPosition {
        public Stored {
            Objects.requireNonNull(positions, "positions");
        }
    }

    /** Looks a stored position up; called by the reader's thread, failures are retried without end. */
    @FunctionalInterface
    interface Positions {
        OptionalLong nextOffset(Topic topic, int partition) throws Exception;
    }

    static StartPosition beginning() {
        return new Beginning();
    }

    static StartPosition end() {
        return new End();
    }

    static StartPosition fromTime(Instant instant) {
        return new FromTime(instant);
    }

    static StartPosition stored(Positions positions) {
        return new Stored(positions);
    }
}
