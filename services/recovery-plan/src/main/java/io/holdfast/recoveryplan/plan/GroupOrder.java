package io.holdfast.recoveryplan.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The order that {@code dependsOn} gives to the groups of a plan. Pure functions over names. */
public final class GroupOrder {
    private GroupOrder() {}

    /**
     * The groups, each after all that it depends on; groups that do not depend on each other keep their written order.
     *
     * @throws IllegalArgumentException if there is a cycle or an unknown name, which {@link PlanRules} excludes
     */
    public static List<RecoveryGroup> inOrder(List<RecoveryGroup> groups) {
        List<RecoveryGroup> ordered = new ArrayList<>();
        Set<String> placed = new HashSet<>();
        while (ordered.size() < groups.size()) {
            RecoveryGroup next = groups.stream()
                    .filter(group -> !placed.contains(group.name()) && placed.containsAll(group.dependsOn()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "the groups have no order; a cycle or an unknown name was not refused before"));
            ordered.add(next);
            placed.add(next.name());
        }
        return List.copyOf(ordered);
    }

    /**
     * A cycle in the dependencies, as the names along it with the first one repeated at the end ({@code [a, b, a]}); empty
     * when there is none. Names that are no keys are ignored.
     *
     * @param dependsOn name of a group to the names that it depends on
     */
    public static Optional<List<String>> findCycle(Map<String, List<String>> dependsOn) {
        Set<String> cleared = new HashSet<>();
        for (String start : dependsOn.keySet()) {
            Optional<List<String>> cycle = walk(start, dependsOn, new LinkedHashSet<>(), cleared);
            if (cycle.isPresent()) {
                return cycle;
            }
        }
        return Optional.empty();
    }

    // The depth is bounded by the number of groups, which PlanRules bounds at 64.
    private static Optional<List<String>> walk(
            String name, Map<String, List<String>> dependsOn, LinkedHashSet<String> path, Set<String> cleared) {
        if (cleared.contains(name) || !dependsOn.containsKey(name)) {
            return Optional.empty();
        }
        if (!path.add(name)) {
            List<String> names = new ArrayList<>(path);
            List<String> cycle = new ArrayList<>(names.subList(names.indexOf(name), names.size()));
            cycle.add(name);
            return Optional.of(List.copyOf(cycle));
        }
        for (String needed : dependsOn.get(name)) {
            Optional<List<String>> cycle = walk(needed, dependsOn, path, cleared);
            if (cycle.isPresent()) {
                return cycle;
            }
        }
        path.remove(name);
        cleared.add(name);
        return Optional.empty();
    }

    /** For each group the names of the groups that depend on it directly: the order of undoing. */
    public static Map<String, List<String>> dependents(List<RecoveryGroup> groups) {
        Map<String, List<String>> dependents = new LinkedHashMap<>();
        groups.forEach(group -> dependents.put(group.name(), new ArrayList<>()));
        for (RecoveryGroup group : groups) {
            group.dependsOn().forEach(needed -> dependents.get(needed).add(group.name()));
        }
        return Collections.unmodifiableMap(dependents);
    }
}
