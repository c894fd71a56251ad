package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.recoveryplan.adapter.persistence.SqlRehearsals;
import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions;
import io.holdfast.recoveryplan.rehearsal.RehearsalPolicy;
import io.holdfast.recoveryplan.rehearsal.TestCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Rehearsals as replies have them. Absent values are {@code null}. */
public final class RehearsalViews {
    private RehearsalViews() {}

    @Schema(name = "TestCondition", description = "Whether the plan was shown to work lately.")
    public record Test(
            TestCondition.State state,
            boolean overdue,

            @Schema(description = "When the last TEST that recovered everything and was cleaned up was ordered.")
            Instant lastGoodTestAt,

            Duration overdueAfter,

            @Schema(description = "null: it was never tested.")
            Instant overdueFrom) {
        static Test of(TestCondition test) {
            return new Test(
                    test.state(),
                    test.isOverdue(),
                    test.lastGood().orElse(null),
                    test.overdueAfter(),
                    test.overdueFrom().orElse(null));
        }
    }

    @Schema(name = "RehearsalPolicyState")
    public record Policy(
            String planId,
            RehearsalPolicyForm policy,
            @Schema(description = "null: none.") Instant nextAt,
            Test test,

            @Schema(description = "null: the plan has no policy of its own.")
            Instant changedAt,

            String changedBy) {
        static Policy of(String planId, Optional<SqlRehearsals.Stored> stored, TestCondition test) {
            return new Policy(
                    planId,
                    RehearsalPolicyForm.of(
                            stored.map(SqlRehearsals.Stored::policy).orElse(RehearsalPolicy.NONE)),
                    stored.flatMap(SqlRehearsals.Stored::nextAt).orElse(null),
                    Test.of(test),
                    stored.map(SqlRehearsals.Stored::changedAt).orElse(null),
                    stored.map(SqlRehearsals.Stored::changedBy).orElse(null));
        }
    }

    @Schema(name = "RehearsedPlan")
    public record Plan(
            String planId,
            String name,
            @Schema(description = "null: none.") Instant nextAt,
            Test test) {
        static Plan of(SqlTestConditions.PlanLine line) {
            return new Plan(line.plan().toString(), line.name(), line.nextAt().orElse(null), Test.of(line.test()));
        }
    }

    @Schema(name = "Rehearsal", description = "A TEST of the plan, or a due time that was skipped.")
    public record Line(
            @Schema(description = "When the run was ordered, or the skipped time noticed.")
            Instant at,

            @Schema(enumeration = {"ORDERED", "SKIPPED"}) String outcome,

            @Schema(description = "By the schedule; null: a person ordered it.")
            Instant dueAt,

            @Schema(description = "Due times before this one that passed while the service was down.")
            int missedBefore,

            String runId,
            @Schema(description = "State of the run.") String state,
            Boolean recovered,
            Instant endedAt,
            String orderedBy,

            @Schema(description = "Of a skipped one: stable code.")
            String code,

            String reason) {
        static Line of(SqlTestConditions.Line line) {
            Optional<SqlTestConditions.RunLine> run = line.run();
            return new Line(
                    line.at(),
                    run.isPresent() ? "ORDERED" : "SKIPPED",
                    line.dueAt().orElse(null),
                    line.missedBefore(),
                    run.map(found -> found.id().toString()).orElse(null),
                    run.map(SqlTestConditions.RunLine::state).orElse(null),
                    run.map(SqlTestConditions.RunLine::recovered).orElse(null),
                    run.flatMap(SqlTestConditions.RunLine::endedAt).orElse(null),
                    run.map(SqlTestConditions.RunLine::orderedBy).orElse(null),
                    line.skipCode().orElse(null),
                    line.skipReason().orElse(null));
        }
    }
}
