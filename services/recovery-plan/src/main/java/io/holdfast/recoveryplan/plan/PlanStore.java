package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.PlanId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where plans are kept, with all their revisions. Thread-safe. Changes take part in the caller's transaction, or make one of their own.
 */
public interface PlanStore {

    /** @throws io.holdfast.kernel.error.HoldfastException {@code PLAN_NAME_TAKEN} */
    Plan create(PlanDefinition definition, String by, Instant now);

    /** Empty if there is none or it was deleted. */
    Optional<Plan> find(PlanId id);

    /**
     * Makes a new revision.
     *
     * @param expectedRevision the one that the caller has seen
     * @throws io.holdfast.kernel.error.HoldfastException {@code PLAN_NOT_FOUND}, {@code PLAN_NAME_TAKEN}, {@code CONCURRENT_MODIFICATION} if
     *     the plan has another revision by now
     */
    Plan replace(PlanId id, long expectedRevision, PlanDefinition definition, String by, Instant now);

    /**
     * Deletes the plan; its runs and their reports stay.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code PLAN_NOT_FOUND}, {@code PLAN_IN_USE} while a run has not ended, {@code
     *     CONCURRENT_MODIFICATION}
     */
    void delete(PlanId id, long expectedRevision, String by, Instant now);

    /** Plans by name, beginning after {@code afterName} if given. */
    List<Plan> list(Optional<String> afterName, int limit);
}
