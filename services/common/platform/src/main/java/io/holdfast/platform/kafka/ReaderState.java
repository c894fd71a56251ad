package io.holdfast.platform.kafka;

import java.time.Instant;
import java.util.Objects;

/**
 * What a reader is doing. Any state but {@code Stopped} and {@code Failed} can follow any other, except {@code Starting}.
 *
 * <pre>
 * Starting ──► Reading ⇄ Waiting ──► (either) ──► Stopped
 *    └──────────► Waiting               └───────► Failed: the thread died of an Error
 * </pre>
 */
public sealed interface ReaderState {
    /** Connecting, or not started. */
    record Starting() implements ReaderState {}

    /** Records flow. {@code caughtUp}: what the topic held when the reader started has been handled. */
    record Reading(boolean caughtUp) implements ReaderState {}

    /** Something that the reader needs is out of order; it tries again by itself. */
    record Waiting(String reason, Instant since, int attempts) implements ReaderState {
        public Waiting {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(since, "since");
        }
    }

    record Stopped() implements ReaderState {}

    /** Nothing but a restart of the process helps. */
    record Failed(String reason) implements ReaderState {
        public Failed {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
