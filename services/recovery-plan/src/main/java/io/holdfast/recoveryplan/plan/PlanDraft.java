package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.List;

/** A plan as somebody asks for it, not yet checked: any part may be missing ({@code null}) or wrong. */
public record PlanDraft(String name, List<GroupDraft> groups) {

    /**
     * @param bootDelay {@code null} means none
     * @param readiness {@code null} means the default of {@link PlanRules}
     */
    public record GroupDraft(
            String name, List<String> pgIds, List<String> dependsOn, Duration bootDelay, ReadinessDraft readiness) {}

    /**
     * @param type {@code NBD_EXPORT} or {@code NONE}
     * @param timeout {@code null} means the default
     */
    public record ReadinessDraft(String type, Duration timeout) {}
}
