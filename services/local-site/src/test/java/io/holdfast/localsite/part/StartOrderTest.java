package io.holdfast.localsite.part;

import static io.holdfast.localsite.part.Part.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class StartOrderTest {
    private static final Set<Part> ALL = EnumSet.allOf(Part.class);
    private static final Set<Part> NONE = Set.of();

    @Test
    void the_engines_come_first() {
        assertThat(new StartOrder(ALL, 8).next(NONE, NONE)).containsExactly(POSTGRES, KAFKA);
    }

    @Test
    void the_data_plane_does_not_wait_for_the_database() {
        assertThat(new StartOrder(ALL, 8).next(Set.of(KAFKA), Set.of(POSTGRES)))
                .containsExactly(REPLICATION_ROUTER, JOURNAL_STORE);
    }

    @Test
    void the_agent_waits_for_its_router() {
        StartOrder order = new StartOrder(ALL, 8);
        assertThat(order.next(Set.of(KAFKA, POSTGRES), NONE)).doesNotContain(REPLICATION_AGENT);
        assertThat(order.next(Set.of(KAFKA, POSTGRES, REPLICATION_ROUTER), NONE))
                .contains(REPLICATION_AGENT);
    }

    @Test
    void no_more_parts_start_at_once_than_allowed() {
        assertThat(new StartOrder(ALL, 3).next(Set.of(KAFKA, POSTGRES), Set.of(INVENTORY)))
                .hasSize(2);
    }

    @Test
    void a_part_that_is_left_out_is_not_waited_for() {
        Set<Part> without = EnumSet.complementOf(EnumSet.of(KAFKA, REPLICATION_ROUTER));
        assertThat(new StartOrder(without, 8).next(NONE, NONE)).contains(JOURNAL_STORE, REPLICATION_AGENT);
    }

    @Test
    void every_subset_starts_completely_and_never_before_its_needs() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            Set<Part> wanted = ALL.stream().filter(part -> random.nextBoolean()).collect(Collectors.toSet());
            StartOrder order = new StartOrder(wanted, 1 + random.nextInt(4));
            Set<Part> ready = new HashSet<>();
            Set<Part> starting = new HashSet<>();
            while (ready.size() < wanted.size()) {
                List<Part> next = order.next(ready, starting);
                for (Part part : next) {
                    Set<Part> needs = new HashSet<>(part.dependsOn());
                    needs.retainAll(wanted);
                    assertThat(ready).as("needs of %s, seed %d", part, seed).containsAll(needs);
                }
                starting.addAll(next);
                assertThat(starting)
                        .as("something must be on its way, seed %d", seed)
                        .isNotEmpty();
                Part done = List.copyOf(starting).get(random.nextInt(starting.size()));
                starting.remove(done);
                ready.add(done);
            }
        }
    }

    @Test
    void every_part_is_stopped_exactly_once_and_before_what_it_needs() {
        List<Part> order = STOP_ORDER.stream().flatMap(Set::stream).toList();
        assertThat(order).containsExactlyInAnyOrderElementsOf(ALL);
        for (Part part : ALL) {
            for (Part need : part.dependsOn()) {
                assertThat(order.indexOf(part)).as("%s before %s", part, need).isLessThan(order.indexOf(need));
            }
        }
    }

    @Test
    void starting_none_at_a_time_is_refused() {
        assertThatThrownBy(() -> new StartOrder(ALL, 0)).hasMessageContaining("at least 1");
    }
}
