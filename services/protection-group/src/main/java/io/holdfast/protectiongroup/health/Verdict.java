package io.holdfast.protectiongroup.health;

import java.util.Objects;

/**
 * How one condition stands.
 *
 * @param message one sentence; holds no figure that moves with the clock, so that it changes only when something happens
 */
public record Verdict(Status status, Reason reason, Severity severity, String message) {
    public Verdict {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(message, "message");
    }

    /** UNKNOWN is never to be read as TRUE or as FALSE. */
    public enum Status {
        TRUE,
        FALSE,
        UNKNOWN
    }

    /** INFO: nothing to do; WARNING: look at it today; CRITICAL: protection is broken or cannot be seen now. */
    public enum Severity {
        INFO,
        WARNING,
        CRITICAL
    }

    static Verdict fine(Reason reason, String message) {
        return new Verdict(Status.TRUE, reason, Severity.INFO, message);
    }

    static Verdict not(Reason reason, Severity severity, String message) {
        return new Verdict(Status.FALSE, reason, severity, message);
    }

    static Verdict unknown(Reason reason, Severity severity, String message) {
        return new Verdict(Status.UNKNOWN, reason, severity, message);
    }
}
