package io.holdfast.recoveryplan.preflight;

import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Finds hooks that would not be allowed. */
public final class HookPreflight {
    private HookPreflight() {}

    /** @param obstacle why a hook cannot be called now; empty = nothing is known to be in its way */
    public static List<Finding> check(
            PlanDefinition plan, Function<Hook, Optional<String>> obstacle, Set<Purpose> purposes) {
        return plan.groups().stream()
                .flatMap(group -> group.procedure()
                        .hooks()
                        .filter(hook -> hook.inTest() || purposes.contains(Purpose.LIVE))
                        .flatMap(hook -> obstacle.apply(hook).stream()
                                .map(why -> Finding.about(
                                        Code.HOOK_NOT_ALLOWED,
                                        group.name(),
                                        "hook '%s' of group '%s': %s".formatted(hook.name(), group.name(), why)))))
                .toList();
    }
}
