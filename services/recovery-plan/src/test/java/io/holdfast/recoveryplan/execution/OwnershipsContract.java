package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link Ownerships} promises, for the client of the real service and for the fake of the tests alike. */
public abstract class OwnershipsContract {
    private final RunId run = RunId.random();
    private final RunId other = RunId.random();

    /** A group that is PROTECTED. */
    protected abstract PgId group();

    protected abstract Ownerships subject();

    protected abstract void remove(PgId pg);

    @Test
    void takesAGroupOnceForOneRun() {
        PgId pg = group();
        List<OwnedVm> taken = subject().take(pg, run, "take").orElseThrow();

        assertThat(taken).singleElement().satisfies(vm -> assertThat(vm.epoch()).isEqualTo(1));
        assertThat(subject().take(pg, run, "take")).contains(taken);
        assertThat(subject().take(pg, run, "take under another key")).contains(taken);
        assertForbidden(() -> subject().take(pg, other, "take by another"));
    }

    @Test
    void takesNothingAfterItWasGivenBackWhenTheFirstRequestComesLate() {
        PgId pg = group();
        subject().take(pg, run, "take");
        assertThat(subject().cancel(pg, run, "cancel")).isTrue();

        subject().take(pg, run, "take");

        assertThat(subject().take(pg, other, "take by another").orElseThrow())
                .as("it was free, at the epoch behind that of the return")
                .singleElement()
                .satisfies(vm -> assertThat(vm.epoch()).isEqualTo(3));
    }

    @Test
    void leavesAGroupThatAnotherRunHoldsAlone() {
        PgId pg = group();
        subject().take(pg, other, "take");

        assertThat(subject().cancel(pg, run, "cancel")).isTrue();
        assertThat(subject().giveBack(pg, run, "give back")).isFalse();
        assertForbidden(() -> commit(pg, run));

        assertThat(subject()
                        .take(pg, other, "take again")
                        .orElseThrow()
                        .getFirst()
                        .epoch())
                .isEqualTo(1);
    }

    @Test
    void givesBackAFinalFailoverToItsOwnRunOnly() {
        PgId pg = group();
        subject().take(pg, run, "take");
        commit(pg, run);
        commit(pg, run);

        assertThat(subject().cancel(pg, run, "cancel")).as("too late for that").isFalse();
        assertThat(subject().giveBack(pg, other, "give back")).isFalse();
        assertThat(subject().giveBack(pg, run, "give back")).isTrue();

        assertThat(subject()
                        .take(pg, other, "take by another")
                        .orElseThrow()
                        .getFirst()
                        .epoch())
                .isEqualTo(3);
        assertThat(subject().giveBack(pg, run, "late")).isFalse();
    }

    @Test
    void hasNobodyToAskAboutAGroupThatIsRemoved() {
        PgId pg = group();
        remove(pg);

        assertThat(subject().take(pg, run, "take")).isEmpty();
    }

    private void commit(PgId pg, RunId by) {
        subject().commit(pg, by, "commit " + by);
    }

    private static void assertForbidden(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(
                        refused.code().name())
                .isEqualTo("GROUP_STATE_FORBIDS"));
    }
}
