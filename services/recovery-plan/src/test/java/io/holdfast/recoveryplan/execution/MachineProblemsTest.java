package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.machine.MachineError;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.support.Samples;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is said of several machines")
class MachineProblemsTest {
    private static final HoldfastException WAITS_1 = notReady(Samples.APP_1);
    private static final HoldfastException WAITS_2 = notReady(Samples.APP_2);
    private static final HoldfastException ENDED = new HoldfastException(
            ForeignCode.ofFailure("MACHINE_ENDED"),
            "it ended",
            Map.of(
                    Failure.EVIDENCE,
                    "panic",
                    Failure.VMS,
                    Samples.vm(Samples.DB).toString()));

    @Test
    void namesAllThatAreNotReady() {
        Failure told = Failure.of(MachineProblems.together(List.of(WAITS_1, WAITS_2)));

        assertThat(told.code()).isEqualTo("MACHINE_NOT_READY");
        assertThat(told.vms()).containsExactly(Samples.vm(Samples.APP_1), Samples.vm(Samples.APP_2));
    }

    @Test
    void isTheOneThatHasEndedBeforeThoseThatMayStillBecomeReady() {
        Failure told = Failure.of(MachineProblems.together(List.of(WAITS_1, ENDED, WAITS_2)));

        assertThat(told.code()).isEqualTo("MACHINE_ENDED");
        assertThat(told.retryable()).isFalse();
        assertThat(told.evidence()).isEqualTo("panic");
        assertThat(told.vms()).containsExactly(Samples.vm(Samples.DB));
    }

    private static HoldfastException notReady(io.holdfast.kernel.id.PgId pg) {
        return new HoldfastException(
                MachineError.MACHINE_NOT_READY,
                "not yet",
                Map.of(Failure.VMS, Samples.vm(pg).toString()));
    }
}
