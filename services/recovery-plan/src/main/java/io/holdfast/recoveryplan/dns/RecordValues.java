package io.holdfast.recoveryplan.dns;

import java.util.List;

/**
 * What a record set says.
 *
 * @param ttlSeconds 0 if there are no values
 * @param values canonical, in order, each once; none = there is no such record set
 */
public record RecordValues(long ttlSeconds, List<String> values) {
    public static final RecordValues NONE = new RecordValues(0, List.of());

    public RecordValues {
        values = values.stream().distinct().sorted().toList();
        ttlSeconds = values.isEmpty() ? 0 : ttlSeconds;
    }

    /** What RFC 2136 can compare: not the TTL. */
    public boolean sameValues(RecordValues other) {
        return values.equals(other.values);
    }

    /** For people. */
    public String text() {
        return values.isEmpty() ? "nothing" : "%s (TTL %d s)".formatted(String.join(", ", values), ttlSeconds);
    }
}
