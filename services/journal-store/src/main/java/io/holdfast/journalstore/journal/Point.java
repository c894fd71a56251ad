package io.holdfast.journalstore.journal;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** How a user names a position in a journal. */
public sealed interface Point {
    /** Exactly this checkpoint. */
    record AtCheckpoint(CheckpointId id) implements Point {}

    /** Right after this change. */
    record AtLsn(Lsn lsn) implements Point {}

    /** The newest change written at or before the instant. */
    record AtInstant(Instant instant) implements Point {}

    /** The newest listed checkpoint. */
    record Latest() implements Point {}

    /** A point of the history that a commit left behind. */
    record OnBranch(String branch, Point at) implements Point {}

    /**
     * Reads the part of an export's name after {@code @}.
     *
     * @throws HoldfastException {@code POINT_MALFORMED}
     */
    static Point parse(String text) {
        try {
            if (text.equals("latest")) {
                return new Latest();
            }
            if (text.startsWith("branch:")) {
                return onBranch(text);
            }
            if (text.startsWith("lsn:")) {
                String digits = text.substring(4);
                if (!digits.isEmpty() && digits.length() <= 19 && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    return new AtLsn(Lsn.of(Long.parseLong(digits)));
                }
            } else if (text.indexOf('T') == 10) {
                return new AtInstant(OffsetDateTime.parse(text).toInstant());
            } else {
                return new AtCheckpoint(CheckpointId.parse(text));
            }
        } catch (HoldfastException | DateTimeException | NumberFormatException malformed) {
            throw malformed(text, malformed);
        }
        throw malformed(text, null);
    }

    private static Point onBranch(String text) {
        String[] parts = text.split(":", 3);
        if (!Fork.isName(parts[1])) {
            throw malformed(text, null);
        }
        Point at = parts.length == 2 ? new Latest() : parse(parts[2]);
        if (at instanceof OnBranch) {
            throw malformed(text, null);
        }
        return new OnBranch(parts[1], at);
    }

    private static HoldfastException malformed(String text, Throwable cause) {
        return new HoldfastException(
                JournalError.POINT_MALFORMED,
                ("'%s' is not a point; allowed are a checkpoint id, lsn:<number>, an instant such as"
                                + " 2026-05-01T10:15:30.123456Z, latest, or branch:<name>[:<point>]")
                        .formatted(text),
                cause);
    }
}
