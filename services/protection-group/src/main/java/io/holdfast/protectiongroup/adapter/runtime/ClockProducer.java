package io.holdfast.protectiongroup.adapter.runtime;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** The clock of every rule here. Microseconds, as the contracts and the database have them: what is stored reads back equal. */
public class ClockProducer {
    @Produces
    @Singleton
    public Clock clock() {
        return Clock.tick(Clock.systemUTC(), Duration.ofNanos(1000));
    }
}
