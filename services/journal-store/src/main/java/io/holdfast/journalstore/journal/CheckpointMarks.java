package io.holdfast.journalstore.journal;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a checkpoint.
 *
 * @param held never expires until released
 * @param verified somebody looked and it was right
 * @param suspect something speaks against it
 */
public record CheckpointMarks(boolean held, Optional<Evidence> verified, Optional<Evidence> suspect) {
    public static final CheckpointMarks NONE = new CheckpointMarks(false, Optional.empty(), Optional.empty());

    /** A mark that rests on evidence. */
    public enum Kind {
        VERIFIED,
        SUSPECT;

        /** @throws HoldfastException {@code INVALID_REQUEST} */
        public static Kind parse(String text) {
            for (Kind kind : values()) {
                if (kind.name().equals(text)) {
                    return kind;
                }
            }
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST, "a mark is VERIFIED or SUSPECT, not '%s'".formatted(text));
        }
    }

    /**
     * @param atMicros when the mark was made
     * @param text one sentence, at most {@link #MAX_LENGTH} characters
     */
    public record Evidence(long atMicros, String text) {
        public static final int MAX_LENGTH = 500;

        public Evidence {
            Objects.requireNonNull(text, "text");
            if (text.length() > MAX_LENGTH) {
                throw new IllegalArgumentException(
                        "evidence has at most %d characters, not %d".formatted(MAX_LENGTH, text.length()));
            }
        }

        /** @throws HoldfastException {@code INVALID_REQUEST} when the text is empty or too long */
        public static Evidence of(long atMicros, String text) {
            if (text == null || text.isBlank() || text.length() > MAX_LENGTH) {
                throw new HoldfastException(
                        CommonError.INVALID_REQUEST,
                        "evidence is a sentence of 1 to %d characters, not of %d"
                                .formatted(MAX_LENGTH, text == null ? 0 : text.length()));
            }
            return new Evidence(atMicros, text);
        }

        /** Evidence whose text is cut to the length that is allowed. */
        public static Evidence cut(long atMicros, String text) {
            return new Evidence(atMicros, text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) : text);
        }
    }

    public CheckpointMarks {
        Objects.requireNonNull(verified, "verified");
        Objects.requireNonNull(suspect, "suspect");
    }

    public CheckpointMarks withHeld(boolean now) {
        return new CheckpointMarks(now, verified, suspect);
    }

    /** @param evidence empty takes the mark away */
    public CheckpointMarks with(Kind kind, Optional<Evidence> evidence) {
        return switch (kind) {
            case VERIFIED -> new CheckpointMarks(held, evidence, suspect);
            case SUSPECT -> new CheckpointMarks(held, verified, evidence);
        };
    }

    public Optional<Evidence> evidence(Kind kind) {
        return switch (kind) {
            case VERIFIED -> verified;
            case SUSPECT -> suspect;
        };
    }

    /** As the contracts name them. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        if (held) {
            names.add("HELD");
        }
        for (Kind kind : Kind.values()) {
            if (evidence(kind).isPresent()) {
                names.add(kind.name());
            }
        }
        return List.copyOf(names);
    }
}
