package io.holdfast.protectiongroup.health;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One aspect of a group's health.
 *
 * @param since when status or reason became what they are; a new message or severity alone does not move it
 */
public record Condition(ConditionType type, Verdict verdict, Instant since) {
    public Condition {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(verdict, "verdict");
        Objects.requireNonNull(since, "since");
    }

    static Condition of(ConditionType type, Verdict verdict, Optional<Condition> before, Instant now) {
        boolean same = before.isPresent()
                && before.get().verdict().status() == verdict.status()
                && before.get().verdict().reason() == verdict.reason();
        return new Condition(type, verdict, same ? before.get().since() : now);
    }
}
