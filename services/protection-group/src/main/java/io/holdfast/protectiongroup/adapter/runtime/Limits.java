package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.health.HealthLimits;
import io.holdfast.protectiongroup.lifecycle.RemovalStep;
import io.holdfast.proto.v1.Codec;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;

/** The settings as the rules take them, checked at start. */
@Startup
@Singleton
public class Limits {
    private final DataPlane.Belief belief;
    private final HealthLimits health;
    private final RemovalStep.Limits removal;
    private final Duration testSilence;
    private final Duration evaluationInterval;
    private final Duration checkpointExpiresAfter;
    private final int maxWaitingCheckpoints;
    private final Codec codec;
    private final Duration trafficKept;

    /** @throws HoldfastException {@code INVALID_CONFIGURATION}: the service does not start */
    @Inject
    public Limits(
            DataPlaneSettings dataPlane,
            HealthSettings healthSettings,
            RemovalSettings removalSettings,
            CheckpointSettings checkpoints,
            PolicySettings policy,
            CapacitySettings capacity) {
        positive("holdfast.data-plane.silence", dataPlane.silence());
        notNegative("holdfast.data-plane.clock-tolerance", dataPlane.clockTolerance());
        positive("holdfast.data-plane.test-silence", dataPlane.testSilence());
        positive("holdfast.health.evaluation-interval", healthSettings.evaluationInterval());
        positive("holdfast.health.test-max-age", healthSettings.testMaxAge());
        notNegative("holdfast.health.clock-uncertainty", healthSettings.clockUncertainty());
        notNegative("holdfast.removal.grace", removalSettings.grace());
        positive("holdfast.removal.retry-after", removalSettings.retryAfter());
        atLeastOne("holdfast.removal.max-attempts", removalSettings.maxAttempts());
        positive("holdfast.checkpoint-requests.expires-after", checkpoints.expiresAfter());
        atLeastOne("holdfast.checkpoint-requests.max-waiting", checkpoints.maxWaiting());
        if (capacity.keep().compareTo(Duration.ofDays(1)) < 0 || capacity.keep().compareTo(Duration.ofDays(30)) > 0) {
            throw invalid("holdfast.capacity.keep", "must be 1 to 30 days, such as 7d");
        }
        if (policy.codec() == Codec.CODEC_UNSPECIFIED || policy.codec() == Codec.UNRECOGNIZED) {
            throw invalid("holdfast.policy.codec", "must be NONE, LZ4 or ZSTD");
        }
        this.belief = new DataPlane.Belief(dataPlane.silence(), dataPlane.clockTolerance());
        this.health = new HealthLimits(healthSettings.testMaxAge(), healthSettings.clockUncertainty());
        this.removal = new RemovalStep.Limits(
                removalSettings.grace(), removalSettings.retryAfter(), removalSettings.maxAttempts());
        this.testSilence = dataPlane.testSilence();
        this.evaluationInterval = healthSettings.evaluationInterval();
        this.checkpointExpiresAfter = checkpoints.expiresAfter();
        this.maxWaitingCheckpoints = checkpoints.maxWaiting();
        this.codec = policy.codec();
        this.trafficKept = capacity.keep();
    }

    public DataPlane.Belief belief() {
        return belief;
    }

    public HealthLimits health() {
        return health;
    }

    public RemovalStep.Limits removal() {
        return removal;
    }

    public Duration testSilence() {
        return testSilence;
    }

    public Duration evaluationInterval() {
        return evaluationInterval;
    }

    public Duration checkpointExpiresAfter() {
        return checkpointExpiresAfter;
    }

    public int maxWaitingCheckpoints() {
        return maxWaitingCheckpoints;
    }

    public Codec codec() {
        return codec;
    }

    /** How long it is known what guests wrote. */
    public Duration trafficKept() {
        return trafficKept;
    }

    private static void positive(String setting, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw invalid(setting, "must be more than zero, such as 15s");
        }
    }

    private static void notNegative(String setting, Duration value) {
        if (value.isNegative()) {
            throw invalid(setting, "must not be negative");
        }
    }

    private static void atLeastOne(String setting, int value) {
        if (value < 1) {
            throw invalid(setting, "must be 1 or more");
        }
    }

    private static HoldfastException invalid(String setting, String rule) {
        return new HoldfastException(CommonError.INVALID_CONFIGURATION, setting + " " + rule);
    }
}
