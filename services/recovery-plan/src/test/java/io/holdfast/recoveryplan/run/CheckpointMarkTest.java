package io.holdfast.recoveryplan.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A recovery group with two protection groups, a machine in each. */
@DisplayName("The mark of a checkpoint")
class CheckpointMarkTest {
    private static final PgId ONE = Samples.APP_1;
    private static final PgId OTHER = Samples.APP_2;

    private final Run run = run();

    private static Run run() {
        MachineRules powered = Samples.poweredShop().groups().getFirst().machines();
        return Samples.poweredRun(
                new PlanDefinition(
                        "pair",
                        List.of(new RecoveryGroup(
                                "app",
                                List.of(ONE, OTHER),
                                List.of(),
                                Duration.ZERO,
                                new Readiness.Machines(List.of(), Duration.ofSeconds(60)),
                                powered))),
                Optional.empty());
    }

    @Test
    void isSuspectForTheGroupWhoseMachineWasNotReadyAndSaysNothingOfTheOther() {
        assertThat(marks(awaited("READINESS_TIMEOUT", Samples.vm(OTHER))))
                .isEqualTo(Map.of(OTHER, CheckpointMark.Kind.SUSPECT));
    }

    @Test
    void isSuspectForBothWhenBothWereNotReady() {
        assertThat(marks(awaited("READINESS_TIMEOUT", Samples.vm(ONE), Samples.vm(OTHER))))
                .hasSize(2);
    }

    @Test
    void isSuspectForBothWhenNobodyKnowsWhoIsToBlame() {
        assertThat(marks(awaited("READINESS_TIMEOUT")))
                .as("as stored by an earlier version")
                .hasSize(2);
    }

    @Test
    void isSuspectForTheGroupWhoseMachineEndedWhileItWasStarted() {
        Run failed = run.mapSteps(step -> step.action() instanceof MachineAction.StartMachine start
                        && start.target().pgId().equals(ONE)
                ? step.with(failure("MACHINE_ENDED", Samples.vm(ONE)))
                : step);

        assertThat(marks(failed)).isEqualTo(Map.of(ONE, CheckpointMark.Kind.SUSPECT));
    }

    @Test
    void isNotSetForWhatIsTheHostsFault() {
        assertThat(marks(awaited("MACHINE_GONE", Samples.vm(ONE)))).isEmpty();
    }

    private Run awaited(String code, VmId... vms) {
        return run.mapSteps(
                step -> step.action() instanceof MachineAction.AwaitMachines ? step.with(failure(code, vms)) : step);
    }

    private static StepProgress failure(String code, VmId... vms) {
        return new StepProgress.Failed(
                Samples.NOON, Samples.NOON, 1, new Failure(code, "it was so", true, "booting", List.of(vms)));
    }

    private static Map<PgId, CheckpointMark.Kind> marks(Run run) {
        Map<PgId, CheckpointMark.Kind> marks = new HashMap<>();
        for (Step step : run.undoSteps()) {
            if (step.action() instanceof SessionAction.MarkCheckpoint mark) {
                CheckpointMark.of(run, mark).ifPresent(set -> marks.put(mark.pgId(), set.kind()));
            }
        }
        return marks;
    }
}
