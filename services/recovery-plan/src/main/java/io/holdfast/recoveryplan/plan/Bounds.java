package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.BiConsumer;

/** Bounds of single values of a plan; what is outside is refused with the field and what is allowed. */
public record Bounds(BiConsumer<String, String> refuse) {

    /** @return {@code byDefault} when nothing was said */
    public Duration duration(String field, Duration value, Duration least, Duration most, Duration byDefault) {
        if (value == null) {
            return byDefault;
        }
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            refuse.accept(field, "is %s to %s, not %s".formatted(least, most, value));
        }
        return value;
    }

    public Integer number(String field, Integer value, int least, int most, Integer byDefault) {
        if (value == null) {
            return byDefault;
        }
        if (value < least || value > most) {
            refuse.accept(field, "is %d to %d, not %d".formatted(least, most, value));
        }
        return value;
    }

    /** One line that a person can read. */
    public String line(String field, String value, int most) {
        String text = value == null ? "" : value;
        if (text.isBlank() || text.length() > most || text.chars().anyMatch(Character::isISOControl)) {
            refuse.accept(field, "has 1 to %d visible characters".formatted(most));
        }
        return text;
    }

    public <E extends Enum<E>> E word(String field, String text, Class<E> words, E byDefault) {
        if (text == null) {
            return byDefault;
        }
        return Arrays.stream(words.getEnumConstants())
                .filter(value -> value.name().equals(text))
                .findFirst()
                .orElseGet(() -> {
                    refuse.accept(
                            field, "is one of %s, not %s".formatted(Arrays.toString(words.getEnumConstants()), text));
                    return byDefault;
                });
    }
}
