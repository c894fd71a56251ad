package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.Topic;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;

/**
 * How many partitions topic {@code changes} has. Asked for in the background, so that no command waits for Kafka; a known
 * number stays good while Kafka is away, because partitions are only ever added.
 */
@ApplicationScoped
public class Partitions {
    private static final Logger LOG = Logger.getLogger(Partitions.class);
    private static final Duration GOOD_FOR = Duration.ofSeconds(60);

    private final HoldfastKafka kafka;
    private final Clock clock;
    private volatile int known;
    private volatile Instant knownAt = Instant.MIN;

    @Inject
    public Partitions(HoldfastKafka kafka, Clock clock) {
        this.kafka = kafka;
        this.clock = clock;
    }

    /** 0 = not known yet. Never waits. */
    public int known() {
        return known;
    }

    @Scheduled(identity = "partitions", every = "2s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void refresh() {
        Instant now = clock.instant();
        if (known > 0 && knownAt.plus(GOOD_FOR).isAfter(now)) {
            return;
        }
        try {
            kafka.topics().ensure(Topic.CHANGES);
            known = kafka.topics().describe(Topic.CHANGES).partitions();
            knownAt = now;
        } catch (RuntimeException unreachable) {
            LOG.warnf("partitions of topic changes are not known now failure=%s", unreachable.getMessage());
        }
    }
}
