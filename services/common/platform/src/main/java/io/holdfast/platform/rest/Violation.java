package io.holdfast.platform.rest;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One thing that is wrong with a request.
 *
 * @param field path in the body, or name of the parameter or header: {@code volumes[0].name}, {@code limit}
 * @param message what is wrong and what is allowed
 */
public record Violation(String field, String message) {
    /** Name under which violations stand in {@link HoldfastException#details()}. */
    static final String DETAIL = "violations";

    public Violation {
        Objects.requireNonNull(field, "field");
        Objects.requireNonNull(message, "message");
    }

    /** The error to throw for one bad field: {@code 400 INVALID_REQUEST} with this violation. */
    public static HoldfastException refuse(String field, String message) {
        return refuse(List.of(new Violation(field, message)));
    }

    /** The error to throw for several bad fields at once; at least one. */
    public static HoldfastException refuse(List<Violation> violations) {
        Violation first = violations.getFirst();
        String more = violations.size() == 1 ? "" : " (and %d more)".formatted(violations.size() - 1);
        return new HoldfastException(
                CommonError.INVALID_REQUEST,
                first.field() + ": " + first.message() + more,
                Map.of(DETAIL, List.copyOf(violations)));
    }

    /** The violations that an error carries; none for an error of another kind. */
    static List<Violation> of(HoldfastException error) {
        return error.details().get(DETAIL) instanceof List<?> list
                ? list.stream()
                        .filter(Violation.class::isInstance)
                        .map(Violation.class::cast)
                        .toList()
                : List.of();
    }
}
