package io.holdfast.protectiongroup.checkpoint;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * A person's wish for a named checkpoint, from the order to the journal's list.
 *
 * <pre>
 *  REQUESTED ──router: done──► CUT ──journal lists it──► LISTED
 *      │ router: refused        │ neither within the limit
 *      ▼                        ▼
 *    FAILED                 TIMED_OUT ──the journal lists it after all──► LISTED
 * </pre>
 */
public record CheckpointRequest(
        CheckpointId checkpoint,
        PgId group,
        CommandId command,
        String name,
        Instant requestedAt,
        String requestedBy,
        Instant expiresAt,
        Progress progress) {

    public static final int MAX_NAME_LENGTH = 200;
    /** Time that a cut checkpoint gets to pass through Kafka and the journal before it counts as lost. */
    public static final Duration LISTING_TIME = Duration.ofSeconds(60);

    public CheckpointRequest {
        Objects.requireNonNull(checkpoint, "checkpoint");
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(progress, "progress");
    }

    public sealed interface Progress {
        /** The name in the database and in REST replies; never renamed. */
        String code();
    }

    public sealed interface Waiting extends Progress permits Requested, Cut {}

    public record Requested() implements Waiting {
        @Override
        public String code() {
            return "REQUESTED";
        }
    }

    public record Cut(Instant at) implements Waiting {
        @Override
        public String code() {
            return "CUT";
        }
    }

    /** @param lsn the change that the checkpoint stands behind */
    public record Listed(Instant cutAt, long lsn) implements Progress {
        @Override
        public String code() {
            return "LISTED";
        }
    }

    public record Failed(String errorCode, String message) implements Progress {
        @Override
        public String code() {
            return "FAILED";
        }
    }

    /** The checkpoint was not listed in time. It may still come, and then is LISTED. */
    public record TimedOut(boolean cut) implements Progress {
        @Override
        public String code() {
            return "TIMED_OUT";
        }
    }

    /** The router carried the command out. */
    public CheckpointRequest cut(Instant now) {
        return progress instanceof Requested ? with(new Cut(now)) : this;
    }

    /** The router refused. */
    public CheckpointRequest failed(String errorCode, String message) {
        return progress instanceof Requested ? with(new Failed(errorCode, message)) : this;
    }

    /** The journal's word is final, whatever was thought before. */
    public CheckpointRequest listed(Instant cutAt, long lsn) {
        return with(new Listed(cutAt, lsn));
    }

    public CheckpointRequest at(Instant now) {
        return switch (progress) {
            case Requested waiting -> now.isAfter(expiresAt.plus(LISTING_TIME)) ? with(new TimedOut(false)) : this;
            case Cut cut -> now.isAfter(cut.at().plus(LISTING_TIME)) ? with(new TimedOut(true)) : this;
            case Listed done -> this;
            case Failed done -> this;
            case TimedOut done -> this;
        };
    }

    private CheckpointRequest with(Progress next) {
        return new CheckpointRequest(checkpoint, group, command, name, requestedAt, requestedBy, expiresAt, next);
    }
}
