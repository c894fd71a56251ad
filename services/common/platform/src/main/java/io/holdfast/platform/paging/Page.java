package io.holdfast.platform.paging;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;

/**
 * One page of a list as REST answers it (docs/rest-api.md).
 *
 * @param nextCursor ask with it for the next page; left out at the end
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, String nextCursor) {
    public Page {
        items = List.copyOf(items);
    }

    /**
     * Cuts a page from a query that asked for one row more than the limit ({@link PageRequest#fetch()}); that row says
     * whether a next page exists.
     *
     * @param keyOf the values that the query sorts by; together they are unique
     */
    public static <E, T> Page<T> of(
            List<E> fetched, PageRequest request, Function<E, T> representation, Function<E, List<String>> keyOf) {
        boolean more = fetched.size() > request.limit();
        List<E> shown = more ? fetched.subList(0, request.limit()) : fetched;
        String next = more ? request.cursorAfter(keyOf.apply(shown.getLast())) : null;
        return new Page<>(shown.stream().map(representation).toList(), next);
    }
}
