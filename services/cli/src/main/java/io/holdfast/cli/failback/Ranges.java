package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/**
 * Places of a volume, in order and not touching. Where two sites speak of what may differ a superset is as right, so many of them may be joined to few.
 *
 * @param all as they are
 */
record Ranges(List<Range> all) {
    static final Ranges NONE = new Ranges(List.of());

    /**
     * @param offset bytes
     * @param end behind its last byte
     */
    record Range(long offset, long end) {
        Range {
            if (offset < 0 || end <= offset) {
                throw new IllegalArgumentException("no range: %d to %d".formatted(offset, end));
            }
        }
    }

    Ranges {
        all = List.copyOf(all);
    }

    /**
     * @param list of objects with {@code offsetBytes} and {@code lengthBytes}
     * @throws IllegalArgumentException when it is no such list
     */
    static Ranges read(JsonNode list) {
        if (!list.isArray()) {
            throw new IllegalArgumentException("no list of ranges");
        }
        return of(list.valueStream().map(Ranges::range));
    }

    private static Range range(JsonNode one) {
        JsonNode offset = one.path("offsetBytes");
        JsonNode length = one.path("lengthBytes");
        if (!offset.canConvertToLong() || !length.canConvertToLong()) {
            throw new IllegalArgumentException("no range: " + one);
        }
        return new Range(offset.longValue(), Math.addExact(offset.longValue(), length.longValue()));
    }

    private static Ranges of(Stream<Range> ranges) {
        List<Range> merged = new ArrayList<>();
        ranges.sorted(Comparator.comparingLong(Range::offset)).forEach(next -> {
            Range last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && next.offset() <= last.end()) {
                merged.set(merged.size() - 1, new Range(last.offset(), Math.max(last.end(), next.end())));
            } else {
                merged.add(next);
            }
        });
        return new Ranges(merged);
    }

    Ranges and(Ranges others) {
        return of(Stream.concat(all.stream(), others.all.stream()));
    }

    /** The same or more: joined over the smallest gaps until there are no more than so many. */
    Ranges atMost(int most) {
        int gaps = all.size() - most;
        if (gaps <= 0) {
            return this;
        }
        PriorityQueue<Integer> smallest = new PriorityQueue<>(Comparator.comparingLong(this::gapBehind));
        for (int i = 0; i < all.size() - 1; i++) {
            smallest.add(i);
        }
        boolean[] joined = new boolean[all.size()];
        for (int i = 0; i < gaps; i++) {
            joined[smallest.remove()] = true;
        }
        List<Range> fewer = new ArrayList<>();
        long from = all.getFirst().offset();
        for (int i = 0; i < all.size(); i++) {
            if (!joined[i]) {
                fewer.add(new Range(from, all.get(i).end()));
                from = i + 1 < all.size() ? all.get(i + 1).offset() : 0;
            }
        }
        return new Ranges(fewer);
    }

    private long gapBehind(int index) {
        return all.get(index + 1).offset() - all.get(index).end();
    }

    long bytes() {
        return all.stream().mapToLong(range -> range.end() - range.offset()).sum();
    }

    ArrayNode json() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        all.forEach(range ->
                list.addObject().put("offsetBytes", range.offset()).put("lengthBytes", range.end() - range.offset()));
        return list;
    }
}
