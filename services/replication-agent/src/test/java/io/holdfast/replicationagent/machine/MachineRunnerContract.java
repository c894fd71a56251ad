package io.holdfast.replicationagent.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@link Machines} relies on of whatever runs machines. */
public abstract class MachineRunnerContract {
    protected abstract MachineRunner runner();

    /** An order that the runner can carry out, with networks that need nothing. */
    protected abstract MachineOrder order();

    @Test
    void a_started_machine_is_there_until_its_power_is_cut() throws MachineFailure {
        MachineOrder order = order();
        assertThat(runner().adopt(order)).isEmpty();

        RunningMachine started = runner().start(order);
        assertThat(started.poll()).isEmpty();
        started.release();
        started.release();
        assertThat(started.poll()).isEmpty();

        started.cut();
        assertThat(started.poll()).isPresent();
        assertThat(runner().adopt(order)).isEmpty();
        runner().clear(order);
    }

    @Test
    void a_machine_that_was_left_is_adopted_and_cleared() throws MachineFailure {
        MachineOrder order = order();
        RunningMachine started = runner().start(order);
        started.release();
        started.leave();

        RunningMachine adopted = runner().adopt(order).orElseThrow();
        assertThat(adopted.poll()).isEmpty();
        adopted.release();
        adopted.leave();

        runner().clear(order);
        assertThat(runner().adopt(order)).isEmpty();
        runner().clear(order);
    }

    @Test
    void starting_again_ends_what_was_left_of_the_attempt_before() throws MachineFailure {
        MachineOrder order = order();
        RunningMachine first = runner().start(order);
        first.leave();

        RunningMachine second = runner().start(order);

        assertThat(first.poll()).as("the first is gone").isPresent();
        assertThat(second.poll()).isEmpty();
        second.cut();
        runner().clear(order);
    }

    /** Whether it can show displays at all. */
    protected boolean showsDisplays() {
        return true;
    }

    @Test
    void a_display_is_shown_as_a_png_while_the_machine_is_there() throws MachineFailure {
        MachineOrder order = order();
        RunningMachine started = runner().start(order);
        started.release();
        Optional<Screenshot> picture = started.screenshot();
        assertThat(picture.isPresent()).isEqualTo(showsDisplays());
        picture.ifPresent(shown -> assertThat(shown.png()).startsWith(0x89, 'P', 'N', 'G'));
        started.cut();
        assertThat(started.screenshot()).isEmpty();
        runner().clear(order);
    }

    @Test
    void a_guest_agent_that_is_not_there_is_said_so() throws MachineFailure {
        MachineOrder order = order();
        RunningMachine started = runner().start(order);
        assertThat(started.probeGuestAgent()).isPresent();
        started.cut();
        runner().clear(order);
    }
}
