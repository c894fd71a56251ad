package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.dataplane.TestHistory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** The data plane's last words in the database. Every method needs a transaction of the caller's. */
@ApplicationScoped
public class DataPlaneStore {
    private final EntityManager entities;

    @Inject
    public DataPlaneStore(EntityManager entities) {
        this.entities = entities;
    }

    /** What the data plane last said about one group. @param testSilence older running tests are not believed */
    public DataPlane of(PgId group, DataPlane.Belief belief, Duration testSilence, Instant now) {
        return all(Optional.of(group), belief, testSilence, now).getOrDefault(group, DataPlane.silent(belief));
    }

    /** What the data plane last said about each group it spoke of. */
    public Map<PgId, DataPlane> all(DataPlane.Belief belief, Duration testSilence, Instant now) {
        return all(Optional.empty(), belief, testSilence, now);
    }

    private Map<PgId, DataPlane> all(Optional<PgId> only, DataPlane.Belief belief, Duration testSilence, Instant now) {
        Map<PgId, Gathered> byGroup = new HashMap<>();
        rows(JournalWordRow.class, only)
                .forEach(row -> gathered(byGroup, row.pgId).journal = Optional.of(WordForms.readJournal(row.word)));
        rows(StreamWordRow.class, only).forEach(row -> gathered(byGroup, row.pgId)
                .streams
                .put(new AgentId(row.agentId), WordForms.readStream(row.word)));
        rows(TestResultRow.class, only).forEach(row -> {
            var gathered = gathered(byGroup, row.pgId);
            gathered.lastSuccessAt = Optional.ofNullable(row.lastSuccessAt);
            gathered.lastFailureAt = Optional.ofNullable(row.lastFailureAt);
        });
        rows(RunningTestRow.class, only).stream()
                .filter(row -> row.at.isAfter(now.minus(testSilence)))
                .forEach(row -> gathered(byGroup, row.pgId).running.add(new RunId(row.runId)));
        Map<PgId, DataPlane> result = new HashMap<>();
        byGroup.forEach((group, gathered) -> result.put(group, gathered.toDataPlane(belief)));
        return result;
    }

    /** @return what is believed now; empty when nothing was and nothing is */
    public Optional<JournalWord> hearJournal(PgId group, UnaryOperator<Optional<JournalWord>> hearing) {
        JournalWordRow row = entities.find(JournalWordRow.class, group.value());
        Optional<JournalWord> held = Optional.ofNullable(row).map(known -> WordForms.readJournal(known.word));
        Optional<JournalWord> after = hearing.apply(held);
        if (after.isPresent() && !after.equals(held)) {
            if (row == null) {
                row = new JournalWordRow();
                row.pgId = group.value();
                row.word = WordForms.write(after.get());
                entities.persist(row);
            } else {
                row.word = WordForms.write(after.get());
            }
        }
        return after;
    }

    /** Takes a stream's word unless a newer one is held. */
    public void hear(PgId group, StreamWord word) {
        var key = new StreamWordRow.Key(group.value(), word.agent().value());
        StreamWordRow row = entities.find(StreamWordRow.class, key);
        if (row == null) {
            row = new StreamWordRow();
            row.pgId = key.pgId();
            row.agentId = key.agentId();
            row.word = WordForms.write(word);
            entities.persist(row);
            return;
        }
        row.word = WordForms.write(StreamWord.after(WordForms.readStream(row.word), word));
    }

    /** The stream is forgotten by its router. */
    public void forgetStream(PgId group, AgentId agent) {
        StreamWordRow row = entities.find(StreamWordRow.class, new StreamWordRow.Key(group.value(), agent.value()));
        if (row != null) {
            entities.remove(row);
        }
    }

    public void testRunning(PgId group, RunId run, Instant at) {
        RunningTestRow row = entities.find(RunningTestRow.class, new RunningTestRow.Key(group.value(), run.value()));
        if (row == null) {
            row = new RunningTestRow();
            row.pgId = group.value();
            row.runId = run.value();
            row.at = at;
            entities.persist(row);
        } else if (row.at.isBefore(at)) {
            row.at = at;
        }
    }

    /** @param recovered empty when the run says nothing about recovery, because it was cancelled */
    public void testEnded(PgId group, RunId run, Instant at, Optional<Boolean> recovered) {
        RunningTestRow running =
                entities.find(RunningTestRow.class, new RunningTestRow.Key(group.value(), run.value()));
        if (running != null) {
            entities.remove(running);
        }
        if (recovered.isEmpty()) {
            return;
        }
        TestResultRow result = entities.find(TestResultRow.class, group.value());
        if (result == null) {
            result = new TestResultRow();
            result.pgId = group.value();
            entities.persist(result);
        }
        if (recovered.get()) {
            result.lastSuccessAt = later(result.lastSuccessAt, at);
        } else {
            result.lastFailureAt = later(result.lastFailureAt, at);
        }
    }

    private <T> List<T> rows(Class<T> type, Optional<PgId> only) {
        TypedQuery<T> query = entities.createQuery(
                "from %s%s".formatted(type.getSimpleName(), only.isPresent() ? " where pgId = :pg" : ""), type);
        only.ifPresent(group -> query.setParameter("pg", group.value()));
        return query.getResultList();
    }

    private static Instant later(Instant known, Instant at) {
        return known == null || known.isBefore(at) ? at : known;
    }

    private static Gathered gathered(Map<PgId, Gathered> byGroup, UUID group) {
        return byGroup.computeIfAbsent(new PgId(group), any -> new Gathered());
    }

    private static final class Gathered {
        private Optional<JournalWord> journal = Optional.empty();
        private final Map<AgentId, StreamWord> streams = new HashMap<>();
        private final List<RunId> running = new ArrayList<>();
        private Optional<Instant> lastSuccessAt = Optional.empty();
        private Optional<Instant> lastFailureAt = Optional.empty();

        private DataPlane toDataPlane(DataPlane.Belief belief) {
            return new DataPlane(journal, streams, new TestHistory(running, lastSuccessAt, lastFailureAt), belief);
        }
    }
}
