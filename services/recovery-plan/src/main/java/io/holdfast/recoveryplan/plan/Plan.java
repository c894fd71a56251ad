package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.PlanId;
import java.time.Instant;

/**
 * A plan at one of its revisions.
 *
 * @param revision from 1, grows by one with every change; runs name the one that they began with
 * @param changedBy name of the identity that made this revision
 */
public record Plan(
        PlanId id, long revision, PlanDefinition definition, Instant createdAt, Instant changedAt, String changedBy) {}
