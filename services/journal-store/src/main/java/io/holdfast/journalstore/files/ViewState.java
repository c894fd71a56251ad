package io.holdfast.journalstore.files;

import java.time.Instant;

/** The life of a file view: opening, then ready or failed; ready, then failed or expired. A view that its user closes is not there any more. */
public sealed interface ViewState {
    record Opening() implements ViewState {
        public Ready ready() {
            return new Ready();
        }

        public Failed failed(String code, String sentence, Instant at) {
            return new Failed(code, sentence, at);
        }
    }

    record Ready() implements ViewState {
        public Failed failed(String code, String sentence, Instant at) {
            return new Failed(code, sentence, at);
        }

        public Expired expired(String sentence, Instant at) {
            return new Expired(sentence, at);
        }
    }

    /** @param code stable, of the error that ended it */
    record Failed(String code, String sentence, Instant at) implements ViewState {}

    record Expired(String sentence, Instant at) implements ViewState {}

    /** As REST says it. */
    default String text() {
        return switch (this) {
            case Opening _ -> "OPENING";
            case Ready _ -> "READY";
            case Failed _ -> "FAILED";
            case Expired _ -> "EXPIRED";
        };
    }

    default boolean isEnded() {
        return this instanceof Failed || this instanceof Expired;
    }
}
