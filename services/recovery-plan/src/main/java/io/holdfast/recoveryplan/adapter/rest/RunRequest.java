package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An order to run a plan. */
public record RunRequest(
        @Schema(
                required = true,
                description = "TEST, PLANNED or UNPLANNED; other modes are refused with MODE_NOT_SUPPORTED.")
        String mode,

        @Schema(
                description =
                        "By protection group id; a group of the plan that is not named is recovered at its latest checkpoint. Not of PLANNED.")
        Map<String, Point> points,

        @Schema(description = "Of TEST: PT1M to P7D, default PT4H; the run is cleaned up by itself after that.")
        Duration expiresAfter,

        @Schema(
                description =
                        "Of failovers: what becomes of the READY run when nobody says otherwise; default NONE: it waits for a person.",
                enumeration = {"NONE", "COMMIT", "ROLLBACK"})
        String commitPolicy,

        @Schema(description = "Of failovers: PT0S to P7D, default PT1H, counted from READY.")
        Duration commitAfter,

        @Schema(
                description =
                        "Of failovers: what becomes of the run when a step fails; default STOP: it is HALTED and waits for a person.",
                enumeration = {"STOP", "ROLLBACK"})
        String onFailure,

        @Schema(description = "Of PLANNED: how the VMs of the source are shut down.")
        Shutdown shutdown,

        @Schema(description = "true: also when a preflight finds what would keep the run from its end. Default false.")
        Boolean force) {
    private static final Duration DEFAULT_EXPIRY = Duration.ofHours(4);
    private static final Duration SHORTEST_EXPIRY = Duration.ofMinutes(1);
    private static final Duration LONGEST_EXPIRY = Duration.ofDays(7);

    private static final Duration SHORTEST_GRACE = Duration.ofSeconds(1);
    private static final Duration LONGEST_GRACE = Duration.ofMinutes(10);

    /** Both fields may be missing. */
    @Schema(name = "ShutdownRules")
    public record Shutdown(
            @Schema(description = "PT1S to PT10M for each guest, default PT5M.")
            Duration grace,

            @Schema(description = "true: nobody is asked to shut down; the fence cuts the VMs off. Default false.")
            Boolean skip) {}

    /** Exactly one field is given. */
    @Schema(name = "RecoveryPoint", description = "Exactly one of the fields.")
    public record Point(
            String checkpointId,

            @Schema(description = "The newest checkpoint that was cut at this instant or before.")
            Instant time,

            @Schema(description = "true: the newest checkpoint when the run begins.")
            Boolean latest,

            @Schema(description = "true: the newest checkpoint that is marked VERIFIED and not SUSPECT.")
            Boolean latestVerified) {}

    /** @param vms of the protection groups whose recovery group powers on
     * @throws HoldfastException {@code MODE_NOT_SUPPORTED}, or {@code INVALID_REQUEST} with all violations */
    Run order(Plan plan, Map<PgId, List<OrderedVm>> vms, String orderedBy, Instant now) {
        Mode wanted = Mode.parse(mode);
        List<Violation> violations = new ArrayList<>();
        Map<PgId, RecoveryPoint> chosen = points(plan, violations);
        Optional<Duration> expiry = expiry(wanted, violations);
        Optional<FailoverRules> failover = failover(wanted, violations);
        if (wanted == Mode.PLANNED) {
            refuseIfGiven("points", points, "a PLANNED run recovers the checkpoint that it has cut last", violations);
        } else {
            refuseIfGiven("shutdown", shutdown, "only a PLANNED run shuts its source down", violations);
        }
        if (!violations.isEmpty()) {
            throw Violation.refuse(violations);
        }
        // The database keeps microseconds; a report must not differ from what was answered.
        Instant orderedAt = now.truncatedTo(ChronoUnit.MICROS);
        return Run.ordered(new RunOrder(
                RunId.random(),
                plan.id(),
                plan.revision(),
                plan.definition(),
                wanted,
                chosen,
                orderedBy,
                orderedAt,
                expiry.map(orderedAt::plus),
                vms,
                failover));
    }

    private Optional<Duration> expiry(Mode wanted, List<Violation> violations) {
        if (wanted != Mode.TEST) {
            refuseIfGiven(
                    "expiresAfter", expiresAfter, "a run of mode %s does not expire".formatted(wanted), violations);
            return Optional.empty();
        }
        Duration expiry = expiresAfter == null ? DEFAULT_EXPIRY : expiresAfter;
        if (expiry.compareTo(SHORTEST_EXPIRY) < 0 || expiry.compareTo(LONGEST_EXPIRY) > 0) {
            violations.add(new Violation("expiresAfter", "must be PT1M to P7D (PT168H), not %s".formatted(expiry)));
        }
        return Optional.of(expiry);
    }

    private Optional<FailoverRules> failover(Mode wanted, List<Violation> violations) {
        if (wanted == Mode.TEST) {
            String why = "a test is never committed";
            refuseIfGiven("commitPolicy", commitPolicy, why, violations);
            refuseIfGiven("commitAfter", commitAfter, why, violations);
            refuseIfGiven("onFailure", onFailure, "a test that fails is always undone", violations);
            return Optional.empty();
        }
        Duration after = commitAfter == null ? FailoverRules.DEFAULT_COMMIT_AFTER : commitAfter;
        if (after.isNegative() || after.compareTo(LONGEST_EXPIRY) > 0) {
            violations.add(new Violation("commitAfter", "must be PT0S to P7D (PT168H), not %s".formatted(after)));
        }
        return Optional.of(new FailoverRules(
                word("commitPolicy", commitPolicy, FailoverRules.CommitPolicy.NONE, violations),
                after,
                word("onFailure", onFailure, FailoverRules.OnFailure.STOP, violations),
                wanted == Mode.PLANNED ? Optional.of(shutdown(violations)) : Optional.empty()));
    }

    private FailoverRules.Shutdown shutdown(List<Violation> violations) {
        Duration grace =
                shutdown == null || shutdown.grace() == null ? FailoverRules.Shutdown.DEFAULT_GRACE : shutdown.grace();
        if (grace.compareTo(SHORTEST_GRACE) < 0 || grace.compareTo(LONGEST_GRACE) > 0) {
            violations.add(new Violation("shutdown.grace", "must be PT1S to PT10M, not %s".formatted(grace)));
        }
        return new FailoverRules.Shutdown(grace, shutdown != null && Boolean.TRUE.equals(shutdown.skip()));
    }

    private static void refuseIfGiven(String field, Object value, String why, List<Violation> violations) {
        if (value != null) {
            violations.add(new Violation(field, why));
        }
    }

    private static <E extends Enum<E>> E word(String field, String text, E byDefault, List<Violation> violations) {
        if (text == null) {
            return byDefault;
        }
        List<E> allowed = List.of(byDefault.getDeclaringClass().getEnumConstants());
        return allowed.stream()
                .filter(value -> value.name().equals(text))
                .findFirst()
                .orElseGet(() -> {
                    violations.add(new Violation(field, "must be one of " + allowed));
                    return byDefault;
                });
    }

    private Map<PgId, RecoveryPoint> points(Plan plan, List<Violation> violations) {
        Map<PgId, RecoveryPoint> chosen = new HashMap<>();
        plan.definition().pgIds().forEach(pg -> chosen.put(pg, new RecoveryPoint.Latest()));
        Map<String, Point> asked = points == null ? Map.of() : points;
        asked.forEach((text, point) -> {
            String field = "points." + shown(text);
            try {
                PgId pg = PgId.parse(text);
                if (!chosen.containsKey(pg)) {
                    violations.add(new Violation(field, "the plan has no such protection group"));
                } else {
                    chosen.put(pg, point(field, point, violations));
                }
            } catch (HoldfastException malformed) {
                violations.add(new Violation(field, "is not the id of a protection group"));
            }
        });
        return chosen;
    }

    private static RecoveryPoint point(String field, Point point, List<Violation> violations) {
        long given = point == null
                ? 0
                : Stream.of(point.checkpointId(), point.time(), point.latest(), point.latestVerified())
                        .filter(Objects::nonNull)
                        .count();
        if (given != 1 || Boolean.FALSE.equals(point.latest()) || Boolean.FALSE.equals(point.latestVerified())) {
            violations.add(new Violation(
                    field, "give exactly one of checkpointId, time, latest: true, or latestVerified: true"));
        } else if (point.time() != null) {
            return new RecoveryPoint.AtTime(point.time());
        } else if (point.checkpointId() != null) {
            try {
                return new RecoveryPoint.AtCheckpoint(CheckpointId.parse(point.checkpointId()));
            } catch (HoldfastException malformed) {
                violations.add(new Violation(field + ".checkpointId", malformed.getMessage()));
            }
        }
        return point != null && point.latestVerified() != null
                ? new RecoveryPoint.LatestVerified()
                : new RecoveryPoint.Latest();
    }

    private static String shown(String key) {
        return key.length() <= 64 ? key : key.substring(0, 64) + "…";
    }
}
