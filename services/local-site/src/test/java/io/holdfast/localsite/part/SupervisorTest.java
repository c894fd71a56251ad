package io.holdfast.localsite.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.testkit.Eventually;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SupervisorTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final RestartPolicy QUICK =
            new RestartPolicy(2, Duration.ofMinutes(5), Duration.ofMillis(20), Duration.ofMillis(20));

    private final Map<Part, FakePart> fakes = new EnumMap<>(Part.class);
    private final List<String> events = new CopyOnWriteArrayList<>();
    private Supervisor supervisor;

    private Supervisor supervise(RestartPolicy policy, Part... parts) {
        Arrays.stream(parts).forEach(part -> fakes.put(part, new FakePart(part)));
        supervisor = new Supervisor(
                List.copyOf(fakes.values()), policy, (part, now, lines) -> events.add(part + " " + now.label()));
        return supervisor;
    }

    @AfterEach
    void close() {
        if (supervisor != null) {
            supervisor.close();
        }
    }

    private void awaitState(Part part, Class<? extends PartState> wanted) {
        Eventually.await(
                "%s is %s".formatted(part, wanted.getSimpleName()),
                SOON,
                () -> wanted.isInstance(supervisor.state(part)),
                () -> supervisor.state(part) + ", events " + events);
    }

    @Test
    void all_parts_become_ready_in_the_order_of_their_needs() {
        supervise(QUICK, Part.values()).startAll(2);

        for (Part part : Part.values()) {
            assertThat(supervisor.state(part)).isInstanceOf(PartState.Ready.class);
            for (Part need : part.dependsOn()) {
                assertThat(events.indexOf(need + " READY")).isLessThan(events.indexOf(part + " STARTING"));
            }
        }
    }

    @Test
    void parts_are_stopped_in_the_stop_order() {
        supervise(QUICK, Part.values()).startAll(8);
        supervisor.close();

        assertThat(events.indexOf("replication-agent DOWN")).isLessThan(events.indexOf("replication-router STOPPING"));
        assertThat(events.indexOf("journal-store DOWN")).isLessThan(events.indexOf("postgres STOPPING"));
        assertThat(events.indexOf("postgres DOWN")).isLessThan(events.indexOf("kafka STOPPING"));
        assertThat(supervisor.state(Part.KAFKA)).isInstanceOf(PartState.Down.class);
    }

    @Test
    void a_part_that_ends_before_it_is_ready_fails_the_start_with_its_last_words() {
        supervise(QUICK, Part.KAFKA);
        fakes.get(Part.KAFKA).becomesReady = false;
        Thread.startVirtualThread(() -> {
            Eventually.await("launched", SOON, () -> fakes.get(Part.KAFKA).life != null);
            fakes.get(Part.KAFKA).life.end("ended with exit code 3");
        });

        assertThatThrownBy(() -> supervisor.startAll(2))
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("kafka ended with exit code 3 before it was ready")
                .hasMessageContaining("the fake's last words");
        awaitState(Part.KAFKA, PartState.Failed.class);
    }

    @Test
    void a_part_that_cannot_be_launched_fails_the_start() {
        supervise(QUICK, Part.KAFKA);
        fakes.get(Part.KAFKA).launchFails = true;

        assertThatThrownBy(() -> supervisor.startAll(2)).hasMessageContaining("cannot be launched");
        assertThat(supervisor.state(Part.KAFKA)).isInstanceOf(PartState.Failed.class);
    }

    @Test
    void a_part_that_is_never_ready_is_killed_at_its_limit() {
        supervise(QUICK, Part.KAFKA);
        FakePart fake = fakes.get(Part.KAFKA);
        fake.becomesReady = false;
        fake.startLimit = Duration.ofMillis(200);

        assertThatThrownBy(() -> supervisor.startAll(2)).hasMessageContaining("was not ready");
        assertThat(fake.life.killed).isTrue();
    }

    @Test
    void a_part_that_dies_is_reported_and_started_again() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        fakes.get(Part.KAFKA).life.end("was ended by signal 9");

        Eventually.await(
                "a second launch", SOON, () -> fakes.get(Part.KAFKA).launches.get() == 2);
        awaitState(Part.KAFKA, PartState.Ready.class);
        assertThat(events).contains("kafka WAITING");
    }

    @Test
    void a_part_that_keeps_dying_is_given_up() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        FakePart fake = fakes.get(Part.KAFKA);
        for (int death = 1; death <= 3; death++) {
            int launches = death;
            Eventually.await("launch " + launches, SOON, () -> fake.launches.get() == launches);
            awaitState(Part.KAFKA, PartState.Ready.class);
            fake.life.end("ended with exit code 1");
            Eventually.await(
                    "noticed",
                    SOON,
                    () -> !(supervisor.state(Part.KAFKA) instanceof PartState.Ready) || fake.launches.get() > launches);
        }
        awaitState(Part.KAFKA, PartState.Failed.class);
        assertThat(fake.launches).hasValue(3);
        assertThat(supervisor.state(Part.KAFKA).reason()).contains("3 times");
    }

    @Test
    void without_restarts_a_dead_part_stays_down_until_it_is_started() {
        supervise(RestartPolicy.NEVER, Part.KAFKA).startAll(2);
        fakes.get(Part.KAFKA).life.end("was ended by signal 9");
        awaitState(Part.KAFKA, PartState.Failed.class);
        assertThat(fakes.get(Part.KAFKA).launches).hasValue(1);

        supervisor.start(Part.KAFKA);
        assertThat(supervisor.state(Part.KAFKA)).isInstanceOf(PartState.Ready.class);
    }

    @Test
    void a_part_that_was_killed_on_request_stays_down() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        supervisor.kill(Part.KAFKA);

        assertThat(fakes.get(Part.KAFKA).life.killed).isTrue();
        assertThat(supervisor.state(Part.KAFKA)).isInstanceOf(PartState.Down.class);
        assertThat(events).doesNotContain("kafka WAITING");
    }

    @Test
    void a_part_that_does_not_end_when_asked_is_killed() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        fakes.get(Part.KAFKA).endsWhenAsked = false;
        supervisor.stop(Part.KAFKA);

        assertThat(fakes.get(Part.KAFKA).life.killed).isTrue();
        assertThat(supervisor.state(Part.KAFKA)).isInstanceOf(PartState.Down.class);
    }

    @Test
    void a_part_without_a_process_refuses_to_be_killed_and_stays_ready() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        fakes.get(Part.KAFKA).hasProcess = false;

        assertThatThrownBy(() -> supervisor.kill(Part.KAFKA)).hasMessageContaining("no process");
        assertThat(supervisor.state(Part.KAFKA)).isInstanceOf(PartState.Ready.class);
    }

    @Test
    void starting_and_stopping_twice_is_harmless() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        supervisor.start(Part.KAFKA);
        assertThat(fakes.get(Part.KAFKA).launches).hasValue(1);
        supervisor.stop(Part.KAFKA);
        assertThatCode(() -> supervisor.stop(Part.KAFKA)).doesNotThrowAnyException();
    }

    @Test
    void nothing_starts_again_once_the_site_stops() {
        supervise(QUICK, Part.KAFKA).startAll(2);
        supervisor.close();

        assertThatThrownBy(() -> supervisor.start(Part.KAFKA)).hasMessageContaining("stopping");
    }

    @Test
    void closing_while_the_site_starts_ends_the_start() {
        supervise(QUICK, Part.KAFKA);
        fakes.get(Part.KAFKA).becomesReady = false;
        Thread.startVirtualThread(() -> {
            Eventually.await("launched", SOON, () -> fakes.get(Part.KAFKA).life != null);
            supervisor.close();
        });

        assertThatThrownBy(() -> supervisor.startAll(2)).hasMessageContaining("before it was ready");
        awaitState(Part.KAFKA, PartState.Down.class);
    }

    @Test
    void a_part_that_the_site_does_not_have_is_named() {
        supervise(QUICK, Part.KAFKA);
        assertThatThrownBy(() -> supervisor.kill(Part.INVENTORY)).hasMessageContaining("without inventory");
    }
}
