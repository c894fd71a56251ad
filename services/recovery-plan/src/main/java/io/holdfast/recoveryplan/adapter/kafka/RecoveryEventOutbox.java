package io.holdfast.recoveryplan.adapter.kafka;

import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.db.Outbox;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.RecoveryEvent;
import io.holdfast.recoveryplan.adapter.metrics.RecoveryMetrics;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEvents;
import io.holdfast.recoveryplan.run.RunState;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jboss.logging.Logger;

/** Writes a {@code RecoveryEvent} into the outbox for every state that a run reaches; counts and logs it. */
@Singleton
public class RecoveryEventOutbox implements RunEvents {
    private static final Logger LOG = Logger.getLogger(RecoveryEventOutbox.class);

    private final Outbox outbox;
    private final RecoveryMetrics metrics;
    private final Clock clock;

    @Inject
    public RecoveryEventOutbox(Outbox outbox, RecoveryMetrics metrics, Clock clock) {
        this.outbox = outbox;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public void stateChanged(Run run) {
        outbox.add(Topic.RECOVERY_EVENTS, run.id().toString(), event(run, clock.instant()));
        metrics.reached(run);
        LOG.infof(
                "run has a new state runId=%s planId=%s mode=%s state=%s code=%s",
                run.id(),
                run.order().planId(),
                run.order().mode(),
                run.state().name(),
                run.failure().map(failure -> failure.code()).orElse("-"));
    }

    static RecoveryEvent event(Run run, Instant now) {
        return RecoveryEvent.newBuilder()
                .setRunId(run.id().toString())
                .setPlanId(run.order().planId().toString())
                .setPlanName(run.order().plan().name())
                .setAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, now))
                .setMode(run.order().mode().name())
                .setState(run.state().name())
                .addAllPgIds(
                        run.order().plan().pgIds().stream().map(PgId::toString).toList())
                .setRecovered(run.state() instanceof RunState.Ended && run.recovered())
                .setErrorCode(run.failure().map(failure -> failure.code()).orElse(""))
                .setMessage(run.failure().map(failure -> failure.message()).orElse(""))
                .build();
    }
}
