package io.holdfast.platform.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Says in our words what Jackson did not like: where, and what is allowed. Class names never leave the service. */
final class JsonErrors {
    private static final int SHOWN_CHARACTERS = 60;

    private JsonErrors() {}

    /** The error for the caller; a {@link HoldfastException} thrown while a value was made keeps its own code. */
    static HoldfastException explain(JsonProcessingException failure) {
        if (failure instanceof JsonMappingException mapping) {
            String field = path(mapping);
            for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof HoldfastException ours) {
                    return new HoldfastException(
                            ours.code(),
                            ours.getMessage(),
                            Map.of(Violation.DETAIL, List.of(new Violation(field, ours.getMessage()))));
                }
            }
            return Violation.refuse(field, reason(mapping));
        }
        if (failure instanceof StreamConstraintsException) {
            return new HoldfastException(
                    CommonError.INVALID_REQUEST, "the JSON is nested too deeply or holds too long a value");
        }
        var where = failure.getLocation();
        String place = where == null ? "" : " at line %d, column %d".formatted(where.getLineNr(), where.getColumnNr());
        String what = failure.getOriginalMessage().startsWith("Duplicate field")
                ? failure.getOriginalMessage().replaceFirst("Duplicate field", "the JSON holds twice the field")
                : "the body is not valid JSON";
        return new HoldfastException(CommonError.INVALID_REQUEST, cut(what, 200) + place);
    }

    private static String reason(JsonMappingException failure) {
        return switch (failure) {
            case UnrecognizedPropertyException unknown -> {
                Collection<Object> allowed = unknown.getKnownPropertyIds();
                yield "unknown field; allowed here: "
                        + String.join(", ", sorted(allowed == null ? List.of() : allowed));
            }
            case InvalidFormatException format ->
                "'%s' is not %s".formatted(cut(String.valueOf(format.getValue()), SHOWN_CHARACTERS), expected(format));
            case MismatchedInputException mismatch
            when mismatch.getTargetType() != null -> "must be " + expected(mismatch);
            case JsonMappingException _
            when failure.getCause() instanceof InputCoercionException -> "must be a number in range";
            default -> "has no allowed value";
        };
    }

    private static Collection<String> sorted(Collection<Object> names) {
        return names.stream().map(String::valueOf).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String expected(MismatchedInputException failure) {
        Class<?> type = failure.getTargetType();
        if (type == null) {
            return "an allowed value";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(String::valueOf)
                            .toList();
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type.isPrimitive() && type != char.class || Number.class.isAssignableFrom(type)) {
            return "a number in range";
        }
        if (CharSequence.class.isAssignableFrom(type)) {
            return "a text";
        }
        if (type == Instant.class) {
            return "an instant such as 2026-01-02T03:04:05.000006Z";
        }
        if (type == Duration.class) {
            return "a duration such as PT5S or PT24H";
        }
        if (Collection.class.isAssignableFrom(type) || type.isArray()) {
            return "a list";
        }
        return type == java.util.UUID.class ? "an id such as 6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10" : "an object";
    }

    /** {@code volumes[0].name}; {@code body} for the whole. */
    private static String path(JsonMappingException failure) {
        var path = new StringBuilder();
        for (JsonMappingException.Reference step : failure.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.isEmpty() ? "body" : cut(path.toString(), 200);
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "…";
    }
}
