package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.rest.Violation;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Fields of a request body as values; what cannot be read is collected, so that a caller hears of everything at once. */
final class Read {
    private final List<Violation> broken = new ArrayList<>();

    /** The ids of a list; those that cannot be read are left out and noted. */
    <T> List<T> ids(String field, List<String> texts, Function<String, T> parse) {
        List<T> ids = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            try {
                ids.add(parse.apply(texts.get(i)));
            } catch (HoldfastException malformed) {
                broken.add(new Violation("%s[%d]".formatted(field, i), malformed.getMessage()));
            }
        }
        return ids;
    }

    /** An ISO 8601 duration; the fallback when there is none, or it cannot be read, which is noted. */
    Duration duration(String field, String text, Duration fallback) {
        if (text == null) {
            return fallback;
        }
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException | ArithmeticException malformed) {
            broken.add(new Violation(field, "must be an ISO 8601 duration such as PT5S or PT24H"));
            return fallback;
        }
    }

    /** A switch in a query; absent = false. */
    static boolean flag(String name, String text) {
        return switch (text) {
            case null -> false;
            case "false" -> false;
            case "true" -> true;
            default -> throw Violation.refuse(name, "must be true or false");
        };
    }

    void broken(String field, String message) {
        broken.add(new Violation(field, message));
    }

    /** A value that refuses by itself what is out of its range; the fallback then, and the reason is noted. */
    <T> T value(String field, Supplier<T> value, T fallback) {
        try {
            return value.get();
        } catch (IllegalArgumentException outOfRange) {
            broken(field, outOfRange.getMessage());
            return fallback;
        }
    }

    <T> T required(String field, T value) {
        if (value == null) {
            broken.add(new Violation(field, "must be given"));
        }
        return value;
    }

    void text(String field, String value, int maxLength) {
        if (required(field, value) != null
                && (value.isBlank()
                        || value.length() > maxLength
                        || value.chars().anyMatch(Character::isISOControl))) {
            broken.add(new Violation(
                    field,
                    "must have 1 to %d characters, not only blanks, no control characters".formatted(maxLength)));
        }
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} with everything that was noted */
    void refuseIfBroken() {
        if (!broken.isEmpty()) {
            throw Violation.refuse(broken);
        }
    }

    /** A request without a body reaches a resource as null. */
    static <T> T given(T body) {
        if (body == null) {
            throw Violation.refuse("body", "must be a JSON object");
        }
        return body;
    }
}
