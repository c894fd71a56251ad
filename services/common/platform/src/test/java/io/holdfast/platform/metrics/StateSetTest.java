package io.holdfast.platform.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StateSetTest {
    enum Lamp {
        ON,
        OFF
    }

    @Test
    void exactly_the_present_state_is_one() {
        var registry = new SimpleMeterRegistry();
        var lamp = new AtomicReference<>(Lamp.ON);
        StateSet.register(registry, "holdfast_lamp_state", "help", Lamp.class, Tags.empty(), lamp::get);
        assertThat(registry.get("holdfast_lamp_state")
                        .tag("state", "ON")
                        .gauge()
                        .value())
                .isEqualTo(1);
        lamp.set(Lamp.OFF);
        assertThat(registry.get("holdfast_lamp_state")
                        .tag("state", "ON")
                        .gauge()
                        .value())
                .isZero();
        assertThat(registry.get("holdfast_lamp_state")
                        .tag("state", "OFF")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }
}
