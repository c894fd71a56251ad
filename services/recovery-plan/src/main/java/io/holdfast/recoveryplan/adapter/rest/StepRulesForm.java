package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.recoveryplan.plan.ProcedureDraft;
import io.holdfast.recoveryplan.plan.StepRules;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How the steps of groups are tried, in a plan. */
@Schema(
        name = "StepRules",
        description = "What is absent is as the plan says for all groups, and then as the service is set.")
public record StepRulesForm(
        @Schema(description = "From a step's first attempt; no other one begins after it. PT1S to PT24H.")
        Duration timeout,

        @Schema(description = "1 to 100.") Integer attempts,

        @Schema(description = "Before the second attempt, doubling up to longestDelay: PT0.01S to PT10M.")
        Duration firstDelay,

        Duration longestDelay,

        @Schema(
                description =
                        "When a step has failed for good; docs/recovery-runs.md. Default: as the run's order says.",
                enumeration = {"STOP", "CONTINUE", "ROLL_BACK"})
        String onFailure) {

    static ProcedureDraft.StepRulesDraft draft(StepRulesForm form) {
        return form == null
                ? null
                : new ProcedureDraft.StepRulesDraft(
                        form.timeout(), form.attempts(), form.firstDelay(), form.longestDelay(), form.onFailure());
    }

    /** @return {@code null} if nothing is said */
    static StepRulesForm of(StepRules rules) {
        return rules.equals(StepRules.NONE)
                ? null
                : new StepRulesForm(
                        rules.timeout().orElse(null),
                        rules.attempts().orElse(null),
                        rules.firstDelay().orElse(null),
                        rules.longestDelay().orElse(null),
                        rules.onFailure().map(Enum::name).orElse(null));
    }
}
