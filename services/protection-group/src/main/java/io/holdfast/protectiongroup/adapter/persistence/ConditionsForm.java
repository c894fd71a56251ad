package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.protectiongroup.health.Condition;
import io.holdfast.protectiongroup.health.ConditionType;
import io.holdfast.protectiongroup.health.Reason;
import io.holdfast.protectiongroup.health.Verdict;
import java.time.Instant;
import java.util.List;

/** Conditions of a group as they are stored. */
record ConditionsForm(List<ConditionForm> conditions) {

    record ConditionForm(String type, String status, String reason, String severity, String message, String since) {}

    static String write(List<Condition> conditions) {
        return StoredJson.write(new ConditionsForm(conditions.stream()
                .map(condition -> new ConditionForm(
                        condition.type().name(),
                        condition.verdict().status().name(),
                        condition.verdict().reason().name(),
                        condition.verdict().severity().name(),
                        condition.verdict().message(),
                        condition.since().toString()))
                .toList()));
    }

    static List<Condition> read(String text) {
        return StoredJson.read("conditions", ConditionsForm.class, text).conditions().stream()
                .map(form -> new Condition(
                        ConditionType.valueOf(form.type()),
                        new Verdict(
                                Verdict.Status.valueOf(form.status()),
                                Reason.valueOf(form.reason()),
                                Verdict.Severity.valueOf(form.severity()),
                                form.message()),
                        Instant.parse(form.since())))
                .toList();
    }
}
