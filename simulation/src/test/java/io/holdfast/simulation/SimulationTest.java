package io.holdfast.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Simulation of agent, router and journal")
class SimulationTest {
    private static final Duration FRESH = Duration.ofSeconds(Long.getLong("holdfast.simulation.seconds", 8));
    /** A mutation that this many schedules do not notice would not be noticed in a day either. */
    private static final int SCHEDULES_PER_MUTATION = 6000;

    /** What a mutation may break; several, where it depends on the schedule which is seen first. */
    private static final Map<Mutation, Set<Violation.Rule>> BREAKS = new EnumMap<>(Map.of(
            Mutation.ACKNOWLEDGED_BEFORE_KAFKA_HAS_IT,
            Set.of(Violation.Rule.INVARIANT_2),
            Mutation.KAFKA_GOES_ON_BEHIND_A_FAILURE,
            Set.of(Violation.Rule.INVARIANT_2),
            Mutation.ZEROES_OF_A_SYNC_ARE_SKIPPED,
            Set.of(Violation.Rule.INVARIANT_1, Violation.Rule.SETTLES),
            Mutation.CHECKPOINTS_ARE_LISTED_ANYWHERE,
            Set.of(Violation.Rule.INVARIANT_1),
            Mutation.MARKS_ARE_NOT_FORCED,
            Set.of(Violation.Rule.INVARIANT_1, Violation.Rule.SETTLES),
            Mutation.MARKS_ARE_CLEARED_BEFORE_THE_DISK_IS_FLUSHED,
            Set.of(Violation.Rule.INVARIANT_1, Violation.Rule.SETTLES),
            Mutation.JOURNAL_POSITION_OUTLIVES_ITS_CHANGES,
            Set.of(Violation.Rule.INVARIANT_1, Violation.Rule.INVARIANT_4),
            Mutation.CUT_TIME_IS_TAKEN_LATE,
            Set.of(Violation.Rule.INVARIANT_7),
            Mutation.EPOCH_IS_USED_TWICE,
            Set.of(Violation.Rule.INVARIANT_1, Violation.Rule.INVARIANT_2, Violation.Rule.SETTLES),
            Mutation.HASHES_OF_AN_EARLIER_SYNC_ARE_USED_AGAIN,
            Set.of(Violation.Rule.INVARIANT_1, Violation.Rule.SETTLES)));

    @Test
    void no_fresh_schedule_breaks_a_rule() {
        Simulation simulation = new Simulation();
        long first = System.nanoTime();
        long end = first + FRESH.toNanos();
        long runs = 0;
        long checkpoints = 0;
        long steps = 0;
        while (System.nanoTime() < end) {
            Simulation.Outcome outcome = simulation.play(first + runs);
            requireSound(outcome);
            runs++;
            checkpoints += outcome.checkpoints();
            steps += outcome.steps();
        }
        System.out.printf(
                "%,d schedules from seed %d, %,d steps and their calm, %,d checkpoints%n",
                runs, first, steps, checkpoints);
        assertThat(checkpoints).as("checkpoints compared").isGreaterThan(runs);
    }

    /** Seeds that found something once. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void no_kept_schedule_breaks_a_rule(long seed) {
        requireSound(new Simulation().play(seed));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_broken_rule_is_found(Mutation mutation) {
        Simulation simulation = new Simulation(mutation);
        for (long seed = 1; seed <= SCHEDULES_PER_MUTATION; seed++) {
            Simulation.Outcome outcome = simulation.play(seed, false);
            if (outcome.violation().isPresent()) {
                assertThat(outcome.violation().get())
                        .isInstanceOfSatisfying(Violation.class, found -> assertThat(found.rule())
                                .as("%s", found.getMessage())
                                .isIn(BREAKS.get(mutation)));
                System.out.printf(
                        "%s found by schedule %d: %s%n",
                        mutation, seed, outcome.violation().get());
                return;
            }
        }
        throw new AssertionError(SCHEDULES_PER_MUTATION + " schedules did not notice " + mutation);
    }

    @Test
    void the_same_seed_is_the_same_run() {
        Simulation simulation = new Simulation();
        for (long seed = 100; seed < 130; seed++) {
            List<String> first = simulation.play(seed, true).trace();
            assertThat(simulation.play(seed, true).trace().size())
                    .as("seed %d", seed)
                    .isEqualTo(first.size());
        }
    }

    private static void requireSound(Simulation.Outcome outcome) {
        outcome.violation().ifPresent(broken -> {
            throw new AssertionError(
                    "SEED %d breaks a rule; make simulate SECONDS=0 SEED=%d shows it again%n%s"
                            .formatted(outcome.seed(), outcome.seed(), String.join("\n", outcome.trace())),
                    broken);
        });
    }
}
