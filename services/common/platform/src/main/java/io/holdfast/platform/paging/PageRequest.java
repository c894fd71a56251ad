package io.holdfast.platform.paging;

import io.holdfast.platform.rest.Violation;
import java.util.List;
import java.util.Objects;

/**
 * Which part of a list is asked for. Lists are read by key, not by number of rows skipped: a page costs the same
 * wherever it lies, and rows that come or go meanwhile are neither shown twice nor left out.
 *
 * @param list name of the list, stands in the cursor so that it is refused elsewhere
 * @param limit 1 to {@value #MAX_LIMIT}
 * @param after the sort key of the last row of the page before; empty = from the beginning
 */
public record PageRequest(String list, int limit, List<String> after) {
    public static final int DEFAULT_LIMIT = 100;
    public static final int MAX_LIMIT = 1000;

    public PageRequest {
        Objects.requireNonNull(list, "list");
        after = List.copyOf(after);
    }

    /**
     * Reads the query parameters {@code limit} and {@code cursor}; both may be null.
     *
     * @param keyParts how many values the list's sort key has
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_REQUEST} for a limit out of range or a cursor that
     *     this list did not give
     */
    public static PageRequest parse(String list, int keyParts, String limit, String cursor) {
        List<String> after = cursor == null || cursor.isEmpty() ? List.of() : Cursor.decode(list, keyParts, cursor);
        return new PageRequest(list, parseLimit(limit), after);
    }

    /** How many rows to ask the store for: one more than shown. */
    public int fetch() {
        return limit + 1;
    }

    String cursorAfter(List<String> key) {
        return Cursor.encode(list, key);
    }

    private static int parseLimit(String text) {
        if (text == null || text.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        if (text.matches("\\d{1,6}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        }
        throw Violation.refuse("limit", "must be a whole number from 1 to " + MAX_LIMIT);
    }
}
