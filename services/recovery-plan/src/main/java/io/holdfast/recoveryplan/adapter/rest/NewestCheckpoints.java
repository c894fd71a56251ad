package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.adapter.journal.JournalStoreClient;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.JournalCondition;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What journals know of a plan's protection groups now. Asks, and keeps nothing; thread-safe. */
@ApplicationScoped
public class NewestCheckpoints {
    private final JournalStoreClient journals;

    @Inject
    public NewestCheckpoints(JournalStoreClient journals) {
        this.journals = journals;
    }

    /** The machines that the newest checkpoint of each group with machines knows; no entry = it could not be asked. */
    Map<PgId, List<KnownMachine>> machines(PlanDefinition plan, Map<PgId, JournalCondition> conditions) {
        Map<PgId, List<KnownMachine>> specified = new HashMap<>();
        for (RecoveryGroup group : plan.groups()) {
            for (PgId pg : group.machines().powerOn() ? group.pgIds() : List.<PgId>of()) {
                if (conditions.get(pg) instanceof JournalCondition.Recoverable recoverable) {
                    try {
                        specified.put(
                                pg, journals.machines(pg, recoverable.newest().id()));
                    } catch (HoldfastException unknown) {
                        // No entry: nothing is said of machines that could not be asked for.
                        continue;
                    }
                }
            }
        }
        return specified;
    }

    /** Names of branches that stand in the way of the next commit; no entry = none, or the journal could not be asked. */
    Map<PgId, String> branches(Map<PgId, JournalCondition> conditions) {
        Map<PgId, String> branches = new HashMap<>();
        conditions.forEach((pg, condition) -> {
            if (condition instanceof JournalCondition.Recoverable) {
                try {
                    journals.branchOfLastCommit(pg).ifPresent(name -> branches.put(pg, name));
                } catch (HoldfastException unknown) {
                    // Nothing is said of it: that the journal does not answer is a finding of its own.
                }
            }
        });
        return branches;
    }

    /** The first journal that nobody answers for speaks for the rest: a preflight must not wait for 256 timeouts. */
    Map<PgId, JournalCondition> conditions(List<PgId> pgIds) {
        Map<PgId, JournalCondition> conditions = new HashMap<>();
        JournalCondition silent = null;
        for (PgId pg : pgIds) {
            JournalCondition condition = silent == null ? condition(pg) : silent;
            conditions.put(pg, condition);
            silent = condition instanceof JournalCondition.Unreachable ? condition : null;
        }
        return conditions;
    }

    private JournalCondition condition(PgId pg) {
        try {
            return journals.newest(pg)
                    .<JournalCondition>map(JournalCondition.Recoverable::new)
                    .orElseGet(JournalCondition.Empty::new);
        } catch (HoldfastException failed) {
            return failed.code().name().equals("JOURNAL_NOT_FOUND")
                    ? new JournalCondition.Missing()
                    : new JournalCondition.Unreachable(failed.getMessage());
        }
    }
}
