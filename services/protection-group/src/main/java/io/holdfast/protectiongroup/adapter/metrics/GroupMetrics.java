package io.holdfast.protectiongroup.adapter.metrics;

import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.adapter.runtime.Limits;
import io.holdfast.protectiongroup.adapter.runtime.Snapshot;
import io.holdfast.protectiongroup.health.Condition;
import io.holdfast.protectiongroup.health.ConditionType;
import io.holdfast.protectiongroup.health.Verdict;
import io.holdfast.protectiongroup.objective.History;
import io.holdfast.protectiongroup.objective.Rpo;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Every meter of this service.
 *
 * <p>An unknown RPO or history is {@code NaN}: the series stays, a panel shows a gap, and no comparison with it is true. An alert
 * on the RPO therefore needs its companion on {@code holdfast_protection_group_condition{type="RpoMet",status="UNKNOWN"} == 1}.
 * Values are computed at the scrape from the last evaluation, so an age grows between evaluations too. The series of a group go
 * when it is removed.
 */
@ApplicationScoped
public class GroupMetrics {
    private static final List<String> LIFECYCLES =
            List.of("DRAFT", "INITIAL_SYNC", "PROTECTED", "RESYNC", "PAUSED", "TESTING");

    private final Snapshot snapshot;
    private final Limits limits;
    private final Clock clock;
    private final MultiGauge rpo;
    private final MultiGauge rpoObjective;
    private final MultiGauge history;
    private final MultiGauge journalWordAge;
    private final MultiGauge condition;
    private final MultiGauge lifecycle;
    private Map<String, String> shown = Map.of();

    @Inject
    public GroupMetrics(MeterRegistry registry, Snapshot snapshot, Limits limits, Clock clock) {
        this.snapshot = snapshot;
        this.limits = limits;
        this.clock = clock;
        this.rpo = gauge(
                registry,
                "holdfast_protection_group_rpo_seconds",
                "Age of the newest recoverable checkpoint; NaN = unknown or none");
        this.rpoObjective =
                gauge(registry, "holdfast_protection_group_rpo_objective_seconds", "The RPO that is still all right");
        this.history = gauge(
                registry,
                "holdfast_protection_group_history_seconds",
                "From the oldest to the newest recoverable checkpoint; NaN = unknown or none");
        this.journalWordAge = gauge(
                registry,
                "holdfast_protection_group_journal_word_age_seconds",
                "Since the journal last spoke of the group; NaN = never");
        this.condition = gauge(
                registry,
                "holdfast_protection_group_condition",
                "1 for the status that the condition has. Alert: FALSE or UNKNOWN, by severity in protection-events");
        this.lifecycle =
                gauge(registry, "holdfast_protection_group_lifecycle", "1 for the state that the group is shown in");
    }

    /** Series are made when groups come, go or are renamed; their values are asked for at each scrape. */
    @Scheduled(every = "1s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void refresh() {
        Map<String, String> groups = new TreeMap<>();
        for (Snapshot.Entry entry : snapshot.all()) {
            if (!entry.stored().shownLifecycle().equals("REMOVED")) {
                groups.put(
                        entry.stored().group().id().toString(),
                        entry.stored().group().name());
            }
        }
        if (groups.equals(shown)) {
            return;
        }
        shown = groups;
        rpo.register(rows(groups, this::rpoSeconds), true);
        rpoObjective.register(
                rows(
                        groups,
                        entry -> seconds(entry.stored().group().objectives().rpoObjective())),
                true);
        history.register(rows(groups, this::historySeconds), true);
        journalWordAge.register(rows(groups, this::journalWordAgeSeconds), true);
        condition.register(conditionRows(groups), true);
        lifecycle.register(lifecycleRows(groups), true);
    }

    private double rpoSeconds(Snapshot.Entry entry) {
        return switch (Rpo.at(
                clock.instant(), entry.dataPlane(), limits.health().clockUncertainty())) {
            case Rpo.Known known -> seconds(known.age());
            case Rpo.NoCheckpoint none -> Double.NaN;
            case Rpo.Unknown unknown -> Double.NaN;
        };
    }

    private double historySeconds(Snapshot.Entry entry) {
        History known = History.at(clock.instant(), entry.dataPlane());
        return known.known() ? known.span().map(GroupMetrics::seconds).orElse(Double.NaN) : Double.NaN;
    }

    private double journalWordAgeSeconds(Snapshot.Entry entry) {
        Instant now = clock.instant();
        return entry.dataPlane()
                .journal()
                .map(word -> seconds(word.age(now, limits.belief().clockTolerance())))
                .orElse(Double.NaN);
    }

    private List<MultiGauge.Row<?>> conditionRows(Map<String, String> groups) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        groups.forEach((id, name) -> {
            for (ConditionType type : ConditionType.values()) {
                for (Verdict.Status status : Verdict.Status.values()) {
                    Tags tags = tags(id, name).and("type", type.shown(), "status", status.name());
                    rows.add(row(id, tags, entry -> has(entry, type, status) ? 1 : 0));
                }
            }
        });
        return rows;
    }

    private static boolean has(Snapshot.Entry entry, ConditionType type, Verdict.Status status) {
        return entry.stored().conditions().stream()
                .filter(condition -> condition.type() == type)
                .map(Condition::verdict)
                .anyMatch(verdict -> verdict.status() == status);
    }

    private List<MultiGauge.Row<?>> lifecycleRows(Map<String, String> groups) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        groups.forEach((id, name) -> {
            for (String state : LIFECYCLES) {
                Tags tags = tags(id, name).and("state", state);
                rows.add(row(id, tags, entry -> entry.stored().shownLifecycle().equals(state) ? 1 : 0));
            }
        });
        return rows;
    }

    private List<MultiGauge.Row<?>> rows(Map<String, String> groups, ToDoubleFunction<Snapshot.Entry> value) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        groups.forEach((id, name) -> rows.add(row(id, tags(id, name), value)));
        return rows;
    }

    private MultiGauge.Row<?> row(String id, Tags tags, ToDoubleFunction<Snapshot.Entry> value) {
        PgId group = PgId.parse(id);
        return MultiGauge.Row.of(
                tags, () -> snapshot.of(group).map(value::applyAsDouble).orElse(Double.NaN));
    }

    private static Tags tags(String id, String name) {
        return Tags.of("pg", id, "name", name);
    }

    private static MultiGauge gauge(MeterRegistry registry, String name, String help) {
        return MultiGauge.builder(name).description(help).register(registry);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
