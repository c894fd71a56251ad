package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.Approvals;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEvents;
import io.holdfast.recoveryplan.run.RunState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Reads and writes the rows of runs, always inside of a transaction of the caller. The only place that writes them: a new state and its event, and an end and
 * its report, cannot be stored one without the other.
 */
@ApplicationScoped
class RunRows {
    private final EntityManager entities;
    private final RunEvents events;
    private final LiveFacts facts;
    private final DocumentMapper documents = new DocumentMapper();

    @Inject
    RunRows(EntityManager entities, RunEvents events, LiveFacts facts) {
        this.facts = facts;
        this.entities = entities;
        this.events = events;
    }

    Optional<RunRow> find(RunId id) {
        return Optional.ofNullable(entities.find(RunRow.class, id.value()));
    }

    Run read(RunRow row) {
        return documents.read(Run.class, row.document);
    }

    Optional<RunReport> report(RunRow row) {
        return Optional.ofNullable(row.report)
                .filter(_ -> row.endedAt != null)
                .map(json -> documents.read(RunReport.class, json));
    }

    /** Of what is known by now. */
    RunReport reportNow(RunRow row) {
        return ReportWriter.of(read(row), facts);
    }

    void insert(Run run, Instant nextAt) {
        RunRow row = new RunRow();
        row.id = run.id().value();
        row.planId = run.order().planId().value();
        row.planRevision = run.order().planRevision();
        row.mode = run.order().mode().name();
        row.orderedAt = run.order().orderedAt();
        write(row, run, nextAt);
        entities.persist(row);
    }

    void write(RunRow row, Run run, Instant nextAt) {
        boolean newState = !run.state().name().equals(row.state);
        row.document = documents.write(run);
        row.state = run.state().name();
        // Of the whole plan: a part that was recovered is no test of it.
        row.recovered = run.recovered() && run.order().part().isEmpty();
        row.approvalsWaiting = Approvals.waiting(run).size();
        if (run.state() instanceof RunState.Ended ended) {
            row.endedAt = ended.at();
            row.nextAt = null;
            row.report = documents.write(ReportWriter.of(run, facts));
        } else {
            // A committed run that is being released has not ended any more; its report is made anew then.
            row.endedAt = null;
            row.nextAt = columnValue(nextAt);
        }
        if (newState) {
            // The row first, then the lock that keeps events in order: whoever changes a run takes both this way round,
            // or two would wait for each other.
            entities.flush();
            events.stateChanged(run);
        }
    }

    /** As the database keeps it: microseconds. Rounded up, or a run would be looked at a moment before it is due. */
    static Instant columnValue(Instant instant) {
        Instant micros = instant.truncatedTo(ChronoUnit.MICROS);
        return micros.equals(instant) ? micros : micros.plusNanos(1000);
    }
}
