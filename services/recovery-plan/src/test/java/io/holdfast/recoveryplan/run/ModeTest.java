package io.holdfast.recoveryplan.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A run's mode")
class ModeTest {
    @Test
    void that_is_the_way_home_is_refused_with_the_command_that_orders_it() {
        assertThatThrownBy(() -> Mode.parse("FAILBACK"))
                .isInstanceOfSatisfying(HoldfastException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(RunError.MODE_NOT_SUPPORTED))
                .hasMessageContaining("'holdfast failback'")
                .hasMessageContaining("MOVE");
    }
}
