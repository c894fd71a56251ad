package io.holdfast.journalstore.journal;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.SessionId;
import java.time.Instant;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Where a commit made a new lineage begin (docs/commit-protocol.md). The changes behind {@code from} and up to {@code to} belong to the old one:
 * they are the branch. The new lineage begins at {@code from} and continues behind {@code to}, with an LSN that changes nothing: so each LSN names the state of
 * one lineage.
 *
 * @param branch name of the old lineage's part
 * @param retained whether the branch can still be read; it holds the tail at {@code from} then
 * @param from the committed point
 * @param to head at the commit; the new lineage's first LSN is the next one
 * @param session whose writes became the volumes' state
 * @param sessionEnded whether that session no longer serves the volumes
 * @param lineage id of the new lineage
 */
public record Fork(
        Step step,
        String branch,
        boolean retained,
        Lsn from,
        Lsn to,
        SessionId session,
        boolean sessionEnded,
        String lineage,
        Instant at) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    /** How far the commit is. The code is part of the journal's format. */
    public enum Step {
        /** The images are brought to {@code from}. */
        PROMOTING(1),
        /** The images are at {@code from}; the session's overlays are merged into them. */
        MERGING(2),
        /** The images are the volumes. */
        COMMITTED(3);

        private final int code;

        Step(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException for a code this version does not know */
        public static Step ofCode(int code) {
            for (Step step : values()) {
                if (step.code == code) {
                    return step;
                }
            }
            throw new IllegalArgumentException("unknown step " + code);
        }
    }

    public Fork {
        Objects.requireNonNull(step, "step");
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(at, "at");
        if (!isName(branch)) {
            throw new IllegalArgumentException("'%s' is not the name of a branch".formatted(branch));
        }
        if (from.isAfter(to)) {
            throw new IllegalArgumentException("a branch from LSN %s to LSN %s".formatted(from, to));
        }
    }

    /** 1 to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** The images hold {@code from}. */
    public Fork promoted() {
        return next(Step.PROMOTING, Step.MERGING);
    }

    /** Everything that the session had written is in the images. */
    public Fork merged() {
        return next(Step.MERGING, Step.COMMITTED);
    }

    private Fork next(Step expected, Step next) {
        if (step != expected) {
            throw new IllegalStateException("step %s does not follow %s".formatted(next, step));
        }
        return new Fork(next, branch, retained, from, to, session, sessionEnded, lineage, at);
    }

    /** Nobody reads the branch any more. */
    public Fork released() {
        return new Fork(step, branch, false, from, to, session, sessionEnded, lineage, at);
    }

    /** The session has ended; the volumes stay as it left them. */
    public Fork ended() {
        return new Fork(step, branch, retained, from, to, session, true, lineage, at);
    }

    /** Whether a point at this LSN is one of the old lineage. */
    public boolean hasLeftBehind(Lsn lsn) {
        return !lsn.isAfter(to);
    }

    /** Whether the session writes the images: nothing else may. */
    public boolean isLive() {
        return !sessionEnded;
    }
}
