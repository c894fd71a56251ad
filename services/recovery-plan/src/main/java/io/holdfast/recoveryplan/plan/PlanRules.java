package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.PlanDraft.GroupDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.ReadinessDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.DnsDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Every rule that a plan has to keep. All broken rules are reported at once, each with its field, so that a person
 * corrects a plan in one go.
 */
public final class PlanRules {
    public static final int MAX_NAME_LENGTH = 128;
    public static final int MAX_GROUPS = 64;
    public static final int MAX_PGS_PER_GROUP = 64;
    public static final int MAX_PGS = 256;
    public static final Duration MAX_BOOT_DELAY = Duration.ofHours(1);
    public static final Duration MIN_READINESS_TIMEOUT = Duration.ofSeconds(1);
    public static final Duration MAX_READINESS_TIMEOUT = Duration.ofHours(1);
    public static final Duration DEFAULT_READINESS_TIMEOUT = Duration.ofSeconds(30);

    private final List<Violation> violations = new ArrayList<>();

    private final MachineRulesCheck machineRules = new MachineRulesCheck(this::refuse);

    private final ProcedureCheck procedures = new ProcedureCheck(this::refuse);

    private final DnsRecordsCheck names = new DnsRecordsCheck(this::refuse);

    private PlanRules() {}

    /** The outcome of a check. */
    public sealed interface Checked {
        record Accepted(PlanDefinition definition) implements Checked {}

        /** @param violations at least one */
        record Refused(List<Violation> violations) implements Checked {}
    }

    public static Checked check(PlanDraft draft) {
        PlanRules rules = new PlanRules();
        PlanDefinition definition = rules.plan(draft);
        return rules.violations.isEmpty()
                ? new Checked.Accepted(definition)
                : new Checked.Refused(List.copyOf(rules.violations));
    }

    private PlanDefinition plan(PlanDraft draft) {
        String name = name("name", draft.name());
        Objectives objectives = procedures.objectives("objectives", draft.objectives());
        StepRules steps = procedures.steps("steps", draft.steps());
        List<GroupDraft> drafts = orEmpty(draft.groups());
        if (drafts.isEmpty() || drafts.size() > MAX_GROUPS) {
            refuse("groups", "a plan has 1 to %d groups, not %d".formatted(MAX_GROUPS, drafts.size()));
            return null;
        }
        List<RecoveryGroup> groups = new ArrayList<>();
        for (int index = 0; index < drafts.size(); index++) {
            groups.add(group("groups[" + index + "]", drafts.get(index)));
        }
        if (groups.contains(null)) {
            return null;
        }
        namesAreUnique(groups);
        protectionGroupsAreUnique(groups);
        dependenciesMakeAnOrder(groups);
        names.acrossThePlan(groups);
        return new PlanDefinition(name, groups, steps, objectives);
    }

    private RecoveryGroup group(String field, GroupDraft draft) {
        if (draft == null) {
            refuse(field, "a group must not be null");
            return null;
        }
        boolean powerOn = Boolean.TRUE.equals(draft.powerOn());
        Readiness readiness = readiness(field + ".readiness", draft.readiness(), powerOn);
        MachineRules machines = machineRules.check(field + ".machines", powerOn, draft.machines());
        List<DnsDraft> dns =
                draft.procedure() == null ? null : draft.procedure().dns();
        return new RecoveryGroup(
                name(field + ".name", draft.name()),
                pgIds(field + ".pgIds", orEmpty(draft.pgIds())),
                dependsOn(field + ".dependsOn", orEmpty(draft.dependsOn())),
                bootDelay(field + ".bootDelay", draft.bootDelay()),
                readiness,
                machines,
                procedures.check(field, draft.procedure()).with(names.check(field + ".dns", dns, readiness, machines)));
    }

    private String name(String field, String name) {
        if (name == null || name.isBlank() || name.length() > MAX_NAME_LENGTH || hasControlCharacter(name)) {
            refuse(field, "a name has 1 to %d visible characters".formatted(MAX_NAME_LENGTH));
            return "";
        }
        return name;
    }

    private static boolean hasControlCharacter(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    private List<PgId> pgIds(String field, List<String> texts) {
        if (texts.isEmpty() || texts.size() > MAX_PGS_PER_GROUP) {
            refuse(field, "a group has 1 to %d protection groups, not %d".formatted(MAX_PGS_PER_GROUP, texts.size()));
            return List.of();
        }
        List<PgId> pgIds = new ArrayList<>();
        for (int index = 0; index < texts.size(); index++) {
            try {
                pgIds.add(PgId.parse(texts.get(index)));
            } catch (HoldfastException malformed) {
                refuse(field + "[" + index + "]", malformed.getMessage());
            }
        }
        return pgIds;
    }

    private List<String> dependsOn(String field, List<String> names) {
        if (names.size() > MAX_GROUPS || names.stream().anyMatch(Objects::isNull)) {
            refuse(field, "a group depends on at most %d groups, each by its name".formatted(MAX_GROUPS));
            return List.of();
        }
        if (names.stream().distinct().count() < names.size()) {
            refuse(field, "a group is named more than once");
        }
        return names;
    }

    private Duration bootDelay(String field, Duration delay) {
        if (delay == null) {
            return Duration.ZERO;
        }
        if (delay.isNegative() || delay.compareTo(MAX_BOOT_DELAY) > 0) {
            refuse(field, "a boot delay is PT0S to %s, not %s".formatted(MAX_BOOT_DELAY, delay));
        }
        return delay;
    }

    private Readiness readiness(String field, ReadinessDraft draft, boolean powerOn) {
        if (draft == null) {
            return new Readiness.NbdExport(DEFAULT_READINESS_TIMEOUT);
        }
        Duration timeout = draft.timeout() == null ? DEFAULT_READINESS_TIMEOUT : draft.timeout();
        if (timeout.compareTo(MIN_READINESS_TIMEOUT) < 0 || timeout.compareTo(MAX_READINESS_TIMEOUT) > 0) {
            refuse(
                    field + ".timeout",
                    "a readiness timeout is %s to %s, not %s"
                            .formatted(MIN_READINESS_TIMEOUT, MAX_READINESS_TIMEOUT, timeout));
        }
        if (draft.probes() != null && !"MACHINES".equals(draft.type())) {
            refuse(field + ".probes", "only a readiness of type MACHINES has probes");
        }
        return switch (draft.type()) {
            case "NBD_EXPORT" -> new Readiness.NbdExport(timeout);
            case "MACHINES" -> {
                if (!powerOn) {
                    refuse(field + ".type", "MACHINES can only be asked of a group with powerOn: true");
                }
                yield new Readiness.Machines(machineRules.probes(field + ".probes", orEmpty(draft.probes())), timeout);
            }
            case "NONE" -> new Readiness.None();
            case null, default -> {
                refuse(field + ".type", "a readiness type is NBD_EXPORT, MACHINES or NONE, not " + draft.type());
                yield new Readiness.None();
            }
        };
    }

    private void namesAreUnique(List<RecoveryGroup> groups) {
        Map<String, Integer> firstIndex = new HashMap<>();
        for (int index = 0; index < groups.size(); index++) {
            Integer first = firstIndex.putIfAbsent(groups.get(index).name(), index);
            if (first != null && !groups.get(index).name().isEmpty()) {
                refuse(
                        "groups[" + index + "].name",
                        "'%s' is the name of groups[%d] already"
                                .formatted(groups.get(index).name(), first));
            }
        }
    }

    private void protectionGroupsAreUnique(List<RecoveryGroup> groups) {
        Map<PgId, String> firstGroup = new HashMap<>();
        int count = 0;
        for (int index = 0; index < groups.size(); index++) {
            for (PgId pg : groups.get(index).pgIds()) {
                count++;
                String first = firstGroup.putIfAbsent(pg, groups.get(index).name());
                if (first != null) {
                    refuse(
                            "groups[" + index + "].pgIds",
                            "protection group %s is in group '%s' already; a plan recovers it once"
                                    .formatted(pg, first));
                }
            }
        }
        if (count > MAX_PGS) {
            refuse("groups", "a plan has at most %d protection groups, not %d".formatted(MAX_PGS, count));
        }
    }

    private void dependenciesMakeAnOrder(List<RecoveryGroup> groups) {
        Map<String, List<String>> dependsOn = new LinkedHashMap<>();
        groups.forEach(group -> dependsOn.putIfAbsent(group.name(), group.dependsOn()));
        for (int index = 0; index < groups.size(); index++) {
            List<String> names = groups.get(index).dependsOn();
            for (int position = 0; position < names.size(); position++) {
                if (!dependsOn.containsKey(names.get(position))) {
                    refuse(
                            "groups[%d].dependsOn[%d]".formatted(index, position),
                            "no group of this plan is named '%s'".formatted(names.get(position)));
                }
            }
        }
        GroupOrder.findCycle(dependsOn).ifPresent(cycle -> {
            int index = groups.stream().map(RecoveryGroup::name).toList().indexOf(cycle.getFirst());
            refuse(
                    "groups[" + index + "].dependsOn",
                    "the groups wait for each other in a circle: " + String.join(" -> ", cycle));
        });
    }

    private void refuse(String field, String message) {
        violations.add(new Violation(field, message));
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }
}
