package io.holdfast.platform.kafka;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** All meters of a reader. */
final class ReaderMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final Counter handled;
    private final Counter deadLetters;
    private final List<Meter> gauges;

    ReaderMeters(MeterRegistry registry, ReaderSettings settings, Supplier<ReaderState> state, LongSupplier lag) {
        this.registry = registry;
        Tags tags = Tags.of("reader", settings.name(), "topic", settings.topic().baseName());
        this.handled = Counter.builder("holdfast_reader_records")
                .description("Records that are done, dead letters included")
                .tags(tags)
                .register(registry);
        this.deadLetters = Counter.builder("holdfast_dead_letters")
                .description(
                        "Records that no handler could take; each is in <topic>.dlq with its cause. Alert: above 0")
                .tags(tags)
                .register(registry);
        this.gauges = List.of(
                Gauge.builder("holdfast_reader_lag_records", lag::getAsLong)
                        .description("Records between the reader and the end of its partitions")
                        .tags(tags)
                        .register(registry),
                Gauge.builder("holdfast_reader_waiting", () -> state.get() instanceof ReaderState.Waiting ? 1 : 0)
                        .description(
                                "1 while the reader waits for Kafka or for what its handler needs. Alert: over 5 min")
                        .tags(tags)
                        .register(registry));
    }

    void handled() {
        handled.increment();
    }

    void deadLetter() {
        deadLetters.increment();
    }

    /** Counters stay: they are history. */
    @Override
    public void close() {
        gauges.forEach(registry::remove);
    }
}
