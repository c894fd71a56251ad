package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads the points that a request asks for. */
final class PointsForm {
    private PointsForm() {}

    /** @param asked by protection group id; may be null @return those that are well-formed */
    static Map<PgId, RecoveryPoint> read(
            Map<String, RunRequest.Point> asked, PlanDefinition plan, List<Violation> violations) {
        Map<PgId, RecoveryPoint> chosen = new HashMap<>();
        (asked == null ? Map.<String, RunRequest.Point>of() : asked).forEach((text, point) -> {
            String field = "points." + shown(text);
            try {
                PgId pg = PgId.parse(text);
                if (!plan.pgIds().contains(pg)) {
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

    private static RecoveryPoint point(String field, RunRequest.Point point, List<Violation> violations) {
        long given = point == null
                ? 0
                : Stream.of(
                                point.checkpointId(),
                                point.time(),
                                point.latest(),
                                point.latestApp(),
                                point.latestVerified())
                        .filter(Objects::nonNull)
                        .count();
        if (given != 1
                || Stream.of(point.latest(), point.latestApp(), point.latestVerified())
                        .anyMatch(Boolean.FALSE::equals)) {
            violations.add(new Violation(
                    field,
                    "give exactly one of checkpointId, time, latest: true, latestApp: true, or latestVerified: true"));
        } else if (point.time() != null) {
            return new RecoveryPoint.AtTime(point.time());
        } else if (point.checkpointId() != null) {
            try {
                return new RecoveryPoint.AtCheckpoint(CheckpointId.parse(point.checkpointId()));
            } catch (HoldfastException malformed) {
                violations.add(new Violation(field + ".checkpointId", malformed.getMessage()));
            }
        }
        if (point != null && point.latestApp() != null) {
            return new RecoveryPoint.LatestApp();
        }
        return point != null && point.latestVerified() != null
                ? new RecoveryPoint.LatestVerified()
                : new RecoveryPoint.Latest();
    }

    private static String shown(String key) {
        return key.length() <= 64 ? key : key.substring(0, 64) + "…";
    }
}
