package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

@DisplayName("The order of recovery groups")
class GroupOrderTest {

    @RepeatedTest(200)
    void putsEveryGroupBehindAllThatItDependsOn(RepetitionInfo repetition) {
        long seed = 0x5EED_0000L + repetition.getCurrentRepetition();
        List<RecoveryGroup> groups = randomDag(new Random(seed));

        List<RecoveryGroup> ordered = GroupOrder.inOrder(groups);

        List<String> names = ordered.stream().map(RecoveryGroup::name).toList();
        assertThat(ordered).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(groups);
        for (RecoveryGroup group : ordered) {
            for (String needed : group.dependsOn()) {
                assertThat(names.indexOf(needed))
                        .as("seed %d: %s before %s", seed, needed, group.name())
                        .isLessThan(names.indexOf(group.name()));
            }
        }
        assertThat(GroupOrder.findCycle(edges(groups))).as("seed %d", seed).isEmpty();
    }

    @RepeatedTest(200)
    void findsACycleWhereverOneIsAdded(RepetitionInfo repetition) {
        long seed = 0xC1C1EL + repetition.getCurrentRepetition();
        Random random = new Random(seed);
        List<RecoveryGroup> groups = randomDag(random);
        Map<String, List<String>> edges = edges(groups);
        List<RecoveryGroup> ordered = GroupOrder.inOrder(groups);
        int from = random.nextInt(ordered.size());
        int to = from + random.nextInt(ordered.size() - from);
        // A chain from the later to the earlier group, closed by the opposite edge.
        edges.get(ordered.get(to).name()).add(ordered.get(from).name());
        edges.get(ordered.get(from).name()).add(ordered.get(to).name());

        List<String> cycle = GroupOrder.findCycle(edges).orElseThrow(() -> new AssertionError("seed " + seed));

        assertThat(cycle.getFirst()).as("seed %d", seed).isEqualTo(cycle.getLast());
        for (int index = 0; index + 1 < cycle.size(); index++) {
            assertThat(edges.get(cycle.get(index)))
                    .as("seed %d: %s", seed, cycle)
                    .contains(cycle.get(index + 1));
        }
    }

    @Test
    void keepsTheWrittenOrderOfIndependentGroups() {
        List<RecoveryGroup> groups = List.of(group("c", List.of()), group("a", List.of()), group("b", List.of()));

        assertThat(GroupOrder.inOrder(groups)).isEqualTo(groups);
    }

    private static Map<String, List<String>> edges(List<RecoveryGroup> groups) {
        Map<String, List<String>> edges = new LinkedHashMap<>();
        groups.forEach(group -> edges.put(group.name(), new ArrayList<>(group.dependsOn())));
        return edges;
    }

    private static List<RecoveryGroup> randomDag(Random random) {
        int count = 1 + random.nextInt(20);
        List<RecoveryGroup> groups = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            List<String> dependsOn = new ArrayList<>();
            for (int earlier = 0; earlier < index; earlier++) {
                if (random.nextInt(4) == 0) {
                    dependsOn.add("g" + earlier);
                }
            }
            groups.add(group("g" + index, dependsOn));
        }
        Collections.shuffle(groups, random);
        return groups;
    }

    private static RecoveryGroup group(String name, List<String> dependsOn) {
        return new RecoveryGroup(name, List.of(PgId.random()), dependsOn, Duration.ZERO, new Readiness.None());
    }
}
