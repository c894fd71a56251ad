package io.holdfast.localsite.part;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * Where one part is in its life.
 *
 * <pre>
 *  Down ──launch──► Starting ──probe answers──► Ready ──stop──► Stopping ──exit──► Down
 *   ▲                  │ exit, time-out            │ exit unasked
 *   │                  ▼                           ▼
 *   └──stop─────── Waiting(until) ◄──restart allowed── (reported at once) ──restart refused──► Failed(reason)
 * </pre>
 *
 * A part that was killed or stopped on request is {@link Down} and stays so until somebody starts it.
 */
public sealed interface PartState {

    /** Not running, and nobody expects it to. */
    record Down(Instant since) implements PartState {}

    /** Being launched, or launched and its readiness probe has not answered yet. */
    record Starting(Instant since, OptionalLong pid) implements PartState {
        public Starting launched(OptionalLong process) {
            return new Starting(since, process);
        }

        public Ready ready(Instant now) {
            return new Ready(now, pid, Duration.between(since, now));
        }
    }

    /** Its readiness probe answered. Health after that is a question to the part, not a state of its life. */
    record Ready(Instant since, OptionalLong pid, Duration startTook) implements PartState {}

    /** Asked to end. */
    record Stopping(Instant since, OptionalLong pid) implements PartState {}

    /** Ended unasked and will be started again. */
    record Waiting(Instant since, Instant until, String reason) implements PartState {}

    /** Ended unasked and will not be started again by itself. */
    record Failed(Instant since, String reason) implements PartState {}

    /** When the state was entered. */
    Instant since();

    /** The state's name in files, replies and on the screen. */
    default String label() {
        return switch (this) {
            case Down down -> "DOWN";
            case Starting starting -> "STARTING";
            case Ready ready -> "READY";
            case Stopping stopping -> "STOPPING";
            case Waiting waiting -> "WAITING";
            case Failed failed -> "FAILED";
        };
    }

    /** The process that is the part now; empty when there is none or when it lives in the local site's own process. */
    default OptionalLong processId() {
        return switch (this) {
            case Starting starting -> starting.pid();
            case Ready ready -> ready.pid();
            case Stopping stopping -> stopping.pid();
            case Down down -> OptionalLong.empty();
            case Waiting waiting -> OptionalLong.empty();
            case Failed failed -> OptionalLong.empty();
        };
    }

    /** Why the part is not running, for people; empty text when there is nothing to say. */
    default String reason() {
        return switch (this) {
            case Waiting waiting -> waiting.reason();
            case Failed failed -> failed.reason();
            case Down down -> "";
            case Starting starting -> "";
            case Ready ready -> "";
            case Stopping stopping -> "";
        };
    }
}
