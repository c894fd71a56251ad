package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.adapter.persistence.TrafficStore;
import io.holdfast.protectiongroup.adapter.runtime.Limits;
import io.holdfast.protectiongroup.capacity.MinuteTraffic;
import io.holdfast.protectiongroup.capacity.Trace;
import io.holdfast.protectiongroup.capacity.WhatIf;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.refusal.GroupError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What guests wrote, and what that would need; each answer is of one moment. */
@ApplicationScoped
@Transactional
public class CapacityQueries {
    private static final int FINE_STEP_MINUTES = 1;
    private static final int COARSE_STEP_MINUTES = 60;
    private static final Duration LONGEST_FINE = Duration.ofDays(1);

    private final GroupStore groups;
    private final TrafficStore traffic;
    private final DataPlaneStore dataPlanes;
    private final Limits limits;
    private final Clock clock;

    @Inject
    public CapacityQueries(
            GroupStore groups, TrafficStore traffic, DataPlaneStore dataPlanes, Limits limits, Clock clock) {
        this.groups = groups;
        this.traffic = traffic;
        this.dataPlanes = dataPlanes;
        this.limits = limits;
        this.clock = clock;
    }

    /** @param last the stretch of time until now; up to a day by minutes, a longer one by hours */
    TrafficView traffic(PgId group, Duration last) {
        groups.get(group);
        if (last.isNegative() || last.isZero() || last.compareTo(limits.trafficKept()) > 0) {
            throw Violation.refuse("last", "must be more than PT0S and at most " + limits.trafficKept());
        }
        Instant now = clock.instant();
        int step = last.compareTo(LONGEST_FINE) > 0 ? COARSE_STEP_MINUTES : FINE_STEP_MINUTES;
        Instant from = now.minus(last).truncatedTo(step == FINE_STEP_MINUTES ? ChronoUnit.MINUTES : ChronoUnit.HOURS);
        return TrafficView.of(group.toString(), from, now, step, traffic.minutes(group, from, now));
    }

    WhatIfView whatIf(WhatIfBody body) {
        Read read = new Read();
        List<PgId> asked = body.groups(read);
        read.refuseIfBroken();
        List<StoredGroup> chosen = asked.isEmpty()
                ? groups.page(List.of(), Optional.empty(), Optional.empty(), Optional.empty(), WhatIfBody.MOST_GROUPS)
                : asked.stream().map(groups::get).toList();
        WhatIf question = question(body, chosen, read);
        Map<StoredGroup, List<MinuteTraffic>> written = written(chosen);
        Trace together = Trace.of(
                written.values().stream().filter(minutes -> !minutes.isEmpty()).toList());
        if (together.isEmpty()) {
            throw new HoldfastException(
                    GroupError.NO_TRAFFIC_OBSERVED,
                    "Nothing is known yet of what the guests of %d groups write; an agent has to be connected for two minutes."
                            .formatted(chosen.size()));
        }
        WhatIf.Answer answer = question.over(together);
        return new WhatIfView(
                together.from(),
                together.from().plus(together.length()),
                together.observedShare() * 100,
                question.rpo(),
                question.history(),
                question.growth(),
                answer.packing(),
                answer.packingSource(),
                answer.meanBytesPerSecond(),
                answer.busiestBytesPerSecond(),
                answer.neededBytesPerSecond(),
                answer.journalBytes(),
                answer.journalExtrapolated(),
                answer.onLink()
                        .map(outcome -> onLink(question, outcome, ringBytes(chosen)))
                        .orElse(null),
                byGroup(written, question));
    }

    private static WhatIf question(WhatIfBody body, List<StoredGroup> chosen, Read read) {
        List<Objectives> objectives =
                chosen.stream().map(stored -> stored.group().objectives()).toList();
        Duration rpo = read.duration(
                "rpo",
                body.rpo(),
                objectives.stream()
                        .map(Objectives::rpoObjective)
                        .min(Comparator.naturalOrder())
                        .orElse(Objectives.DEFAULT.rpoObjective()));
        Duration history = read.duration(
                "history",
                body.history(),
                objectives.stream()
                        .map(Objectives::history)
                        .max(Comparator.naturalOrder())
                        .orElse(Objectives.DEFAULT.history()));
        read.refuseIfBroken();
        WhatIf question = new WhatIf(
                body.linkBytesPerSecond() == null ? OptionalLong.empty() : OptionalLong.of(body.linkBytesPerSecond()),
                rpo,
                history,
                body.growth() == null ? 1 : body.growth(),
                body.packing() == null ? OptionalDouble.empty() : OptionalDouble.of(body.packing()));
        question.violations().forEach(broken -> read.broken(broken.field(), broken.message()));
        read.refuseIfBroken();
        return question;
    }

    private Map<StoredGroup, List<MinuteTraffic>> written(List<StoredGroup> chosen) {
        Instant now = clock.instant();
        Instant oldest = now.minus(limits.trafficKept());
        Map<StoredGroup, List<MinuteTraffic>> written = new LinkedHashMap<>();
        chosen.forEach(
                stored -> written.put(stored, traffic.minutes(stored.group().id(), oldest, now)));
        return written;
    }

    private long ringBytes(List<StoredGroup> chosen) {
        Map<PgId, DataPlane> said = dataPlanes.all(limits.belief(), limits.testSilence(), clock.instant());
        return chosen.stream()
                .map(stored -> said.get(stored.group().id()))
                .filter(known -> known != null)
                .flatMap(known -> known.streams().values().stream())
                .mapToLong(StreamWord::ringLimitBytes)
                .sum();
    }

    private static WhatIfView.OnLink onLink(WhatIf question, WhatIf.OnLink outcome, long ringBytes) {
        return new WhatIfView.OnLink(
                question.linkBytesPerSecond().orElseThrow(),
                outcome.longestDelay(),
                outcome.longestDelayAt(),
                outcome.largestBacklogBytes(),
                ringBytes,
                outcome.largestBacklogBytes() <= ringBytes,
                outcome.backlogAtEndBytes(),
                outcome.longestDelay().compareTo(question.rpo()) <= 0);
    }

    private static List<WhatIfView.OfGroup> byGroup(Map<StoredGroup, List<MinuteTraffic>> written, WhatIf question) {
        return written.entrySet().stream()
                .map(group -> ofGroup(group.getKey(), group.getValue(), question))
                .sorted(Comparator.comparingLong(WhatIfView.OfGroup::meanBytesPerSecond)
                        .reversed()
                        .thenComparing(WhatIfView.OfGroup::name))
                .toList();
    }

    private static WhatIfView.OfGroup ofGroup(StoredGroup stored, List<MinuteTraffic> minutes, WhatIf question) {
        String id = stored.group().id().toString();
        String name = stored.group().name();
        if (minutes.isEmpty()) {
            return new WhatIfView.OfGroup(id, name, 0, 0, 0, 0);
        }
        WhatIf.Answer alone = question.over(Trace.of(List.of(minutes)));
        return new WhatIfView.OfGroup(
                id,
                name,
                minutes.size(),
                alone.meanBytesPerSecond(),
                alone.busiestBytesPerSecond(),
                alone.journalBytes());
    }
}
