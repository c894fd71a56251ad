package io.holdfast.replicationrouter.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class InFlightBudgetTest {
    private final InFlightBudget<String> budget = new InFlightBudget<>(10_000);

    @Test
    void whileThereIsRoomEverybodyMaySend() {
        assertThat(budget.admit("a")).isTrue();
        budget.take(9_999);
        assertThat(budget.admit("a")).isTrue();
    }

    @Test
    void whenItIsUsedUpPartiesWaitInTheirOrder() {
        budget.take(10_000);
        assertThat(budget.admit("a")).isFalse();
        assertThat(budget.admit("b")).isFalse();
        assertThat(budget.admit("a")).isFalse();
        assertThat(budget.isWaiting("a")).isTrue();
        assertThat(budget.nextWaiting()).isEmpty();
        budget.release(5_000);
        assertThat(budget.nextWaiting()).contains("a");
        assertThat(budget.nextWaiting()).contains("b");
        assertThat(budget.nextWaiting()).isEmpty();
        assertThat(budget.isWaiting("a")).isFalse();
    }

    @Test
    void nobodyOvertakesThoseWhoWait() {
        budget.take(10_000);
        budget.admit("a");
        budget.release(10_000);
        assertThat(budget.admit("b")).isFalse();
        assertThat(budget.nextWaiting()).contains("a");
        assertThat(budget.nextWaiting()).contains("b");
    }

    @Test
    void aPartyThatLeavesIsNotServed() {
        budget.take(10_000);
        budget.admit("a");
        budget.leave("a");
        budget.release(10_000);
        assertThat(budget.nextWaiting()).isEmpty();
    }

    @Test
    void tinyBatchesCountAsMoreThanTheirBytes() {
        assertThat(InFlightBudget.chargeOf(1)).isEqualTo(InFlightBudget.MIN_CHARGE_BYTES);
        assertThat(InFlightBudget.chargeOf(1 << 20)).isEqualTo(1 << 20);
    }

    @Test
    void releasingMoreThanWasTakenIsADefect() {
        budget.take(10);
        assertThatThrownBy(() -> budget.release(11)).isInstanceOf(IllegalStateException.class);
    }
}
