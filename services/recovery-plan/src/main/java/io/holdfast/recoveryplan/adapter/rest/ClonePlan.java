package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.platform.rest.Violation;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The plan of a CLONE: its machines are plugged in as in a test, apart from the networks that the order names. */
final class ClonePlan {
    private static final int MOST = 64;
    private static final Pattern NAME = Pattern.compile("\\p{Graph}{1,63}");

    private ClonePlan() {}

    /** @param attach host networks by name of the network at the machines' own site; may be null */
    static PlanDefinition of(PlanDefinition plan, Map<String, String> attach, List<Violation> violations) {
        if (attach == null || attach.isEmpty()) {
            return plan;
        }
        if (attach.size() > MOST) {
            violations.add(new Violation("attach", "has at most %d networks".formatted(MOST)));
            return plan;
        }
        Map<String, NetworkTarget> attached = new HashMap<>();
        attach.forEach((network, host) -> {
            if (host == null || !NAME.matcher(host).matches()) {
                violations.add(new Violation("attach", "names for one network no network of a host"));
            } else {
                attached.put(network, new NetworkTarget.Host(host));
            }
        });
        return new PlanDefinition(
                plan.name(),
                plan.groups().stream().map(group -> with(group, attached)).toList(),
                plan.steps(),
                plan.objectives());
    }

    private static RecoveryGroup with(RecoveryGroup group, Map<String, NetworkTarget> attached) {
        Map<String, NetworkTarget> test = new HashMap<>(group.machines().test());
        test.putAll(attached);
        return new RecoveryGroup(
                group.name(),
                group.pgIds(),
                group.dependsOn(),
                group.bootDelay(),
                group.readiness(),
                group.machines().withTest(test),
                group.procedure());
    }
}
