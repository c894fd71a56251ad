package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.Part;
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
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An order to run a plan. */
public record RunRequest(
        @Schema(
                required = true,
                description = "TEST, CLONE, PLANNED, MOVE or UNPLANNED; FAILBACK is refused with MODE_NOT_SUPPORTED.")
        String mode,

        @Schema(
                description =
                        "By protection group id; a group of the plan that is not named is recovered at its latest checkpoint. Not of PLANNED and MOVE.")
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

        @Schema(description = "Of PLANNED and MOVE: how the VMs of the source are shut down.")
        Shutdown shutdown,

        @Schema(description = "true: also when a preflight finds what would keep the run from its end. Default false.")
        Boolean force,

        @Schema(
                description =
                        "What is recovered of the plan; everything when missing. TEST and CLONE take any part, failovers only all VMs of each protection group that is touched.")
        Only only,

        @Schema(
                description =
                        "Of CLONE: networks of the recovery site's hosts, by name of the network at the machine's own site. Others are as the plan maps them for a test.")
        Map<String, String> attach) {
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

    /** One or both fields are given. */
    @Schema(name = "RunPart")
    public record Only(
            @Schema(description = "Ids of VMs of the plan's protection groups.")
            List<String> vms,

            @Schema(
                    description =
                            "Ids of volumes by protection group id; they are served, and no machine is started for them.")
            Map<String, List<String>> volumes) {}

    /**
     * What an order is about.
     *
     * @param plan narrowed to the part
     * @param vms of the protection groups whose recovery group powers on
     */
    record Recovered(Plan plan, Map<PgId, List<OrderedVm>> vms, Optional<Part> part) {}

    /** Exactly one field is given. */
    @Schema(name = "RecoveryPoint", description = "Exactly one of the fields.")
    public record Point(
            String checkpointId,

            @Schema(description = "The newest checkpoint that was cut at this instant or before.")
            Instant time,

            @Schema(description = "true: the newest checkpoint when the run begins.")
            Boolean latest,

            @Schema(description = "true: the newest application-consistent checkpoint when the run begins.")
            Boolean latestApp,

            @Schema(description = "true: the newest checkpoint that is marked VERIFIED and not SUSPECT.")
            Boolean latestVerified) {}

    /** A TEST of the plan, every protection group at such a point. */
    public static RunRequest test(Map<String, Point> points, Duration expiresAfter) {
        return new RunRequest(Mode.TEST.name(), points, expiresAfter, null, null, null, null, null, null, null);
    }

    /** @throws HoldfastException {@code MODE_NOT_SUPPORTED}, or {@code INVALID_REQUEST} with all violations */
    Run order(Recovered recovered, String orderedBy, Instant now) {
        Plan plan = recovered.plan();
        Mode wanted = Mode.parse(mode);
        List<Violation> violations = new ArrayList<>();
        Map<PgId, RecoveryPoint> chosen = points(plan, violations);
        Optional<Duration> expiry = expiry(wanted, violations);
        Optional<FailoverRules> failover = failover(wanted, violations);
        if (wanted.isPlanned()) {
            refuseIfGiven(
                    "points",
                    points,
                    "a %s run recovers the checkpoint that it has cut last".formatted(wanted),
                    violations);
        } else {
            refuseIfGiven("shutdown", shutdown, "only a PLANNED or MOVE run shuts its source down", violations);
        }
        PlanDefinition definition =
                wanted == Mode.CLONE ? ClonePlan.of(plan.definition(), attach, violations) : plan.definition();
        if (wanted != Mode.CLONE) {
            refuseIfGiven("attach", attach, "only a CLONE is attached to networks that an order names", violations);
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
                definition,
                wanted,
                chosen,
                orderedBy,
                orderedAt,
                expiry.map(orderedAt::plus),
                recovered.vms(),
                failover,
                recovered.part()));
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
        if (!wanted.isFailover()) {
            String why = "a %s is never committed".formatted(wanted);
            refuseIfGiven("commitPolicy", commitPolicy, why, violations);
            refuseIfGiven("commitAfter", commitAfter, why, violations);
            refuseIfGiven("onFailure", onFailure, "a %s that fails is always undone".formatted(wanted), violations);
            return Optional.empty();
        }
        FailoverRules.OnFailure failing = word("onFailure", onFailure, FailoverRules.OnFailure.STOP, violations);
        if (wanted == Mode.MOVE) {
            String why = "a MOVE commits as soon as it is READY; PLANNED waits";
            refuseIfGiven("commitPolicy", commitPolicy, why, violations);
            refuseIfGiven("commitAfter", commitAfter, why, violations);
            return Optional.of(new FailoverRules(
                    FailoverRules.CommitPolicy.COMMIT, Duration.ZERO, failing, Optional.of(shutdown(violations))));
        }
        Duration after = commitAfter == null ? FailoverRules.DEFAULT_COMMIT_AFTER : commitAfter;
        if (after.isNegative() || after.compareTo(LONGEST_EXPIRY) > 0) {
            violations.add(new Violation("commitAfter", "must be PT0S to P7D (PT168H), not %s".formatted(after)));
        }
        return Optional.of(new FailoverRules(
                word("commitPolicy", commitPolicy, FailoverRules.CommitPolicy.NONE, violations),
                after,
                failing,
                wanted.isPlanned() ? Optional.of(shutdown(violations)) : Optional.empty()));
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
        chosen.putAll(PointsForm.read(points, plan.definition(), violations));
        return chosen;
    }
}
