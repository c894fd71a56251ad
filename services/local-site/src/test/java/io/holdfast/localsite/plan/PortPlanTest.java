package io.holdfast.localsite.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.linux.PortCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortPlanTest {
    @Test
    void ports_follow_from_the_base_and_are_all_different() {
        PortPlan plan = PortPlan.of(20000, Map.of());
        assertThat(plan.number(Port.SITE)).isEqualTo(20000);
        assertThat(plan.number(Port.JOURNAL_NBD)).isEqualTo(20014);
        assertThat(new HashSet<>(plan.all().values())).hasSize(Port.values().length);
    }

    @Test
    void every_port_stays_below_the_next_site_that_is_16_further() {
        assertThat(PortPlan.of(20000, Map.of()).all().values()).allMatch(number -> number < 20016);
    }

    @Test
    void a_single_port_can_differ() {
        assertThat(PortPlan.of(20000, Map.of(Port.JOURNAL_NBD, 10809)).number(Port.JOURNAL_NBD))
                .isEqualTo(10809);
    }

    @Test
    void two_parts_on_one_port_are_refused_by_name() {
        assertThatThrownBy(() -> PortPlan.of(20000, Map.of(Port.KAFKA, 20001)))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(LocalSiteError.LOCAL_SITE_PORT_IN_USE))
                .hasMessageContaining("20001")
                .hasMessageContaining("inventory")
                .hasMessageContaining("kafka");
    }

    @Test
    void numbers_outside_the_range_are_refused() {
        for (int base : new int[] {-1, 0, 80, 65530, 70000, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> PortPlan.of(base, Map.of()))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(LocalSiteError.LOCAL_SITE_OPTION_INVALID));
        }
    }

    @Test
    void a_taken_port_is_named_with_its_part() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> PortCheck.check(Map.of("kafka", taken.getLocalPort())))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(LocalSiteError.LOCAL_SITE_PORT_IN_USE))
                    .hasMessageContaining(taken.getLocalPort() + " (kafka)");
        }
    }
}
