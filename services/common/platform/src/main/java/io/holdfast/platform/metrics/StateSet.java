package io.holdfast.platform.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.function.Supplier;

/**
 * A state as a set of gauges, one per possible state: 1 for the present one, 0 for the others. An alert on a state is
 * then a plain comparison, and no number stands for a word.
 */
public final class StateSet {
    private StateSet() {}

    /**
     * Registers one gauge per constant of the enum, with the label {@code state}.
     *
     * @param current asked at every scrape, from the scraping thread; null = none of the states
     */
    public static <E extends Enum<E>> void register(
            MeterRegistry registry, String name, String help, Class<E> states, Tags tags, Supplier<E> current) {
        for (E state : states.getEnumConstants()) {
            Gauge.builder(name, () -> current.get() == state ? 1 : 0)
                    .description(help)
                    .tags(tags.and("state", state.name()))
                    .register(registry);
        }
    }
}
