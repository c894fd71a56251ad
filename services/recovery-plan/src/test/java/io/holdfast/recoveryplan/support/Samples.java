package io.holdfast.recoveryplan.support;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Plans and runs that several tests use. */
public final class Samples {
    public static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    public static final PgId DB = PgId.parse("00000000-0000-4000-8000-0000000000d1");
    public static final PgId CACHE = PgId.parse("00000000-0000-4000-8000-0000000000c1");
    public static final PgId APP_1 = PgId.parse("00000000-0000-4000-8000-0000000000a1");
    public static final PgId APP_2 = PgId.parse("00000000-0000-4000-8000-0000000000a2");

    private Samples() {}

    /** db and cache independent, then app (two protection groups) behind both. The database boots for 10 s. */
    public static PlanDefinition shop() {
        Readiness probe = new Readiness.NbdExport(Duration.ofSeconds(30));
        return new PlanDefinition(
                "shop",
                List.of(
                        new RecoveryGroup("app", List.of(APP_1, APP_2), List.of("db", "cache"), Duration.ZERO, probe),
                        new RecoveryGroup("db", List.of(DB), List.of(), Duration.ofSeconds(10), probe),
                        new RecoveryGroup("cache", List.of(CACHE), List.of(), Duration.ZERO, new Readiness.None())));
    }

    public static PlanDefinition single() {
        return new PlanDefinition(
                "single",
                List.of(new RecoveryGroup(
                        "db", List.of(DB), List.of(), Duration.ZERO, new Readiness.NbdExport(Duration.ofSeconds(30)))));
    }

    public static Run run(PlanDefinition plan) {
        return run(plan, NOON, Duration.ofHours(4));
    }

    public static Run run(PlanDefinition plan, Instant orderedAt, Duration expiresAfter) {
        Map<PgId, RecoveryPoint> points = new HashMap<>();
        plan.pgIds().forEach(pg -> points.put(pg, new RecoveryPoint.Latest()));
        return Run.ordered(new RunOrder(
                RunId.random(),
                PlanId.random(),
                3,
                plan,
                Mode.TEST,
                points,
                "olga",
                orderedAt,
                orderedAt.plus(expiresAfter)));
    }
}
