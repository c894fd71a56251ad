package io.holdfast.replicationagent.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationagent.ownership.FenceState.Failed;
import io.holdfast.replicationagent.ownership.FenceState.Fenced;
import io.holdfast.replicationagent.ownership.FenceState.Fencing;
import io.holdfast.replicationagent.ownership.FenceState.Served;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of docs/ownership.md, state by event. */
class FenceStateTest {
    private static final long THEN = 10;
    private static final long NOW = 20;
    private static final Served SERVED = new Served(5, THEN);
    private static final Fencing FENCING = new Fencing(5, THEN);
    private static final Fenced FENCED = new Fenced(5, THEN);
    private static final Failed FAILED = new Failed(5, THEN, "CODE", "why");
    private static final List<FenceState> ALL = List.of(SERVED, FENCING, FENCED, FAILED);

    private static Ownership ownership(long epoch, boolean recovered) {
        return new Ownership(epoch, recovered, "", 0, "");
    }

    @Test
    void newsOfAnEpochThatIsNotGreaterChangeNothing() {
        for (FenceState state : ALL) {
            for (boolean recovered : new boolean[] {true, false}) {
                assertThat(state.told(ownership(4, recovered), NOW)).isSameAs(state);
                assertThat(state.told(ownership(5, recovered), NOW)).isSameAs(state);
            }
        }
    }

    @Test
    void aNewerOwnerDecidesWhateverWasBefore() {
        for (FenceState state : ALL) {
            assertThat(state.told(ownership(6, true), NOW)).isEqualTo(new Fencing(6, NOW));
            assertThat(state.told(ownership(6, false), NOW)).isEqualTo(new Served(6, NOW));
        }
    }

    @Test
    void onlyAFenceOfThisEpochThatIsBeingPutUpComesToHold() {
        assertThat(SERVED.holds(5, NOW)).isSameAs(SERVED);
        assertThat(FENCING.holds(5, NOW)).isEqualTo(new Fenced(5, NOW));
        assertThat(FENCED.holds(5, NOW)).isSameAs(FENCED);
        assertThat(FAILED.holds(5, NOW)).isEqualTo(new Fenced(5, NOW));
        for (FenceState state : ALL) {
            assertThat(state.holds(4, NOW)).isSameAs(state);
        }
    }

    @Test
    void aFailureIsToldSinceItBeganAndNeverOfAMachineThatMayRun() {
        assertThat(SERVED.failed(5, "CODE", "why", NOW)).isSameAs(SERVED);
        assertThat(FENCING.failed(5, "CODE", "why", NOW)).isEqualTo(new Failed(5, NOW, "CODE", "why"));
        assertThat(FENCED.failed(5, "CODE", "why", NOW)).isEqualTo(new Failed(5, NOW, "CODE", "why"));
        assertThat(FAILED.failed(5, "CODE", "still", NOW)).isEqualTo(new Failed(5, THEN, "CODE", "still"));
        assertThat(FAILED.failed(5, "OTHER", "new", NOW)).isEqualTo(new Failed(5, NOW, "OTHER", "new"));
        for (FenceState state : ALL) {
            assertThat(state.failed(4, "CODE", "late", NOW)).isSameAs(state);
        }
    }

    @Test
    void aFenceThatHasToBePutUpOnceMoreIsNotToldToHoldMeanwhile() {
        assertThat(SERVED.again(NOW)).isSameAs(SERVED);
        assertThat(FENCING.again(NOW)).isSameAs(FENCING);
        assertThat(FENCED.again(NOW)).isEqualTo(new Fencing(5, NOW));
        assertThat(FAILED.again(NOW)).isEqualTo(new Fencing(5, NOW));
    }
}
