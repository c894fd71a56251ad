package io.holdfast.journalstore.adapter.metrics;

import io.holdfast.journalstore.adapter.relay.Relays.TargetStatus;
import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.JournalCondition;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.ScrubStatus;
import io.holdfast.journalstore.apply.DiscardReason;
import io.holdfast.journalstore.files.ViewEvents;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.relay.RelayStatus;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.id.PgId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/** All meters of the journal-store. */
public final class JournalMeters {
    private final MeterRegistry registry;
    private final Counter appliedBytes;
    private final Counter appliedChanges;
    private final Counter listed;
    private final Counter refused;
    private final Counter deadLetters;
    private final Counter agedBytes;
    private final Counter readAheadBytes;
    private final Counter ageingFailures;
    private final Map<DiscardReason, Counter> discarded = new EnumMap<>(DiscardReason.class);
    private final Timer open;
    private final Map<PgId, List<Meter>> ofJournals = new HashMap<>();

    public JournalMeters(MeterRegistry registry) {
        this.registry = registry;
        appliedBytes = counter("holdfast_journal_applied_bytes", "Payload and overhead of applied changes");
        appliedChanges = counter("holdfast_journal_applied_changes", "Applied changes");
        listed = counter("holdfast_journal_checkpoints_listed", "Checkpoints that became listed");
        refused = counter("holdfast_journal_refused_records", "Records that the rules refused. Alert: above 0");
        deadLetters = Counter.builder("holdfast_dead_letters")
                .description("Records that no handler could take; each is in <topic>.dlq. Alert: above 0")
                .tags("reader", "journal-changes", "topic", "changes")
                .register(registry);
        agedBytes = counter("holdfast_journal_aged_bytes", "Bytes brought into replica images");
        readAheadBytes = counter(
                "holdfast_journal_read_ahead_bytes", "Bytes of recovery images fetched before they were asked for");
        ageingFailures = counter("holdfast_journal_ageing_failures", "Ageing steps that failed. Alert: growing");
        for (DiscardReason reason : DiscardReason.values()) {
            discarded.put(
                    reason,
                    Counter.builder("holdfast_journal_checkpoints_discarded")
                            .description("Checkpoint records that did not fit the journal's positions")
                            .tags("reason", reason.name())
                            .register(registry));
        }
        open = Timer.builder("holdfast_journal_open_seconds")
                .description("From an export's name to its device")
                .serviceLevelObjectives(Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1))
                .register(registry);
    }

    private Counter counter(String name, String help) {
        return Counter.builder(name).description(help).register(registry);
    }

    /** What belongs to the whole store. */
    public void store(JournalStore store) {
        Gauge.builder("holdfast_journal_free_bytes", store, JournalStore::freeBytes)
                .description("Free space on the data volume")
                .register(registry);
        Gauge.builder("holdfast_journal_sessions", store, it -> it.sessions().count())
                .description("Recovery sessions")
                .register(registry);
        for (RecoverySession.State state : RecoverySession.State.values()) {
            if (state != RecoverySession.State.ROLLED_BACK) {
                Gauge.builder(
                                "holdfast_journal_session_states",
                                store,
                                it -> sessions(it, session -> session.state() == state))
                        .description("Recovery sessions in this state")
                        .tags("state", state.name())
                        .register(registry);
            }
        }
        Gauge.builder(
                        "holdfast_journal_commits_stuck",
                        store,
                        it -> sessions(it, session -> !it.sessions()
                                .problemOf(session.id())
                                .isEmpty()))
                .description("Commits that do not go on; the session says why. Alert: above 0")
                .register(registry);
        Gauge.builder("holdfast_journal_branches", store, it -> it.groups().stream()
                        .map(it::find)
                        .flatMap(Optional::stream)
                        .filter(journal -> journal.fork().filter(Fork::retained).isPresent())
                        .count())
                .description(
                        "Histories that commits have left behind; each holds its journal's tail until it is given up")
                .register(registry);
    }

    private static long sessions(JournalStore store, Predicate<RecoverySession> which) {
        return store.sessions().all().stream().filter(which).count();
    }

    /** Points as files, of all groups. */
    public void exports(ToIntFunction<ImageExport.State> count) {
        for (ImageExport.State state : ImageExport.State.values()) {
            Gauge.builder("holdfast_journal_image_exports", () -> count.applyAsInt(state))
                    .description("Exports in this state; ended ones until they are deleted")
                    .tags("state", state.name())
                    .register(registry);
        }
    }

    /** Those that are open or being opened. */
    public void openFileViews(LongSupplier count) {
        Gauge.builder("holdfast_journal_file_views", count::getAsLong)
                .description("File views; each holds its point in the history and has an appliance")
                .register(registry);
    }

    /** Counts what file views do. */
    public ViewEvents fileViews() {
        Timer openings = Timer.builder("holdfast_journal_file_view_open_seconds")
                .description("From the order of a file view until it could be used")
                .register(registry);
        Counter failures = counter(
                "holdfast_journal_file_view_failures",
                "File views that could not be opened, or ended by themselves before their time. Alert: growing");
        Counter bytes = counter("holdfast_journal_file_read_bytes", "Bytes of guests' files given out");
        return new ViewEvents() {
            @Override
            public void opened(Duration took) {
                openings.record(took);
            }

            @Override
            public void failed() {
                failures.increment();
            }

            @Override
            public void read(long count) {
                bytes.increment(count);
            }
        };
    }

    /** One set of gauges per further site; the sites do not change while the store runs. */
    public void relays(Supplier<List<TargetStatus>> status) {
        for (TargetStatus target : status.get()) {
            relay(
                    status,
                    target.name(),
                    "holdfast_relay_connected",
                    "1 = a session with the target's router is up. Alert: 0",
                    now -> now.connected() ? 1 : 0);
            relay(
                    status,
                    target.name(),
                    "holdfast_relay_groups",
                    "Groups that are relayed to the target",
                    now -> now.groups().size());
            relay(
                    status,
                    target.name(),
                    "holdfast_relay_age_seconds",
                    "Age of the oldest state that any relayed group has at the target; NaN = not known. Alert: growing",
                    JournalMeters::oldestAgeSeconds);
            relay(
                    status,
                    target.name(),
                    "holdfast_relay_behind_changes",
                    "Changes up to the newest checkpoint here that the target does not have; of the group that is most behind and not paused there",
                    now -> now.groups().stream()
                            .filter(group -> !group.paused())
                            .mapToLong(RelayStatus::behindLsns)
                            .max()
                            .orElse(0));
            relay(
                    status,
                    target.name(),
                    "holdfast_relay_unacked_bytes",
                    "Sent and not acknowledged",
                    now -> now.groups().stream()
                            .mapToLong(RelayStatus::unackedBytes)
                            .sum());
        }
    }

    private void relay(
            Supplier<List<TargetStatus>> status,
            String target,
            String name,
            String help,
            ToDoubleFunction<TargetStatus> value) {
        Gauge.builder(name, () -> status.get().stream()
                        .filter(now -> now.name().equals(target))
                        .mapToDouble(value)
                        .findFirst()
                        .orElse(Double.NaN))
                .description(help)
                .tags("target", target)
                .register(registry);
    }

    private static double oldestAgeSeconds(TargetStatus target) {
        long oldestMicros = target.groups().stream()
                .mapToLong(RelayStatus::acknowledgedCutAtMicros)
                .min()
                .orElse(0);
        return oldestMicros == 0 ? Double.NaN : System.currentTimeMillis() / 1e3 - oldestMicros / 1e6;
    }

    public void partition(int partition, LongSupplier lag) {
        // Given as a supplier, which the registry keeps: an object to watch is held weakly, and nobody else holds this
        // one.
        Gauge.builder("holdfast_journal_lag_records", lag::getAsLong)
                .description("Records between the reader and the end of its partition")
                .tags("partition", Integer.toString(partition))
                .register(registry);
    }

    /** Makes the journals' gauges follow the journals that exist. One thread. */
    public void follow(JournalStore store) {
        for (PgId pg : store.groups()) {
            ofJournals.computeIfAbsent(pg, _ -> gauges(store, pg));
        }
        ofJournals.entrySet().removeIf(entry -> {
            boolean gone = store.slot(entry.getKey()).isEmpty();
            if (gone) {
                entry.getValue().forEach(registry::remove);
            }
            return gone;
        });
    }

    private List<Meter> gauges(JournalStore store, PgId pg) {
        Tags tags = Tags.of("pg", pg.toString());
        List<Meter> gauges = new ArrayList<>();
        gauges.add(gauge(
                store, pg, tags, "holdfast_journal_head_lsn", "Newest applied change", journal -> journal.snapshot()
                        .numbers()
                        .headLsn));
        gauges.add(gauge(
                store, pg, tags, "holdfast_journal_tail_lsn", "Oldest LSN that can be opened", journal -> journal.tail()
                        .value()));
        gauges.add(gauge(
                store, pg, tags, "holdfast_journal_size_bytes", "History, payload and overhead", Journal::liveBytes));
        gauges.add(gauge(
                store,
                pg,
                tags,
                "holdfast_journal_old_disk_bytes",
                "Kept of old disks beside replicas and history, until their branches are released or expire",
                journal -> journal.keptDisks().savedBytes()));
        gauges.add(
                gauge(store, pg, tags, "holdfast_journal_checkpoints", "Listed checkpoints", Journal::checkpointCount));
        gauges.add(gauge(
                store,
                pg,
                tags,
                "holdfast_journal_leases",
                "Open views, sessions, HELD checkpoints",
                journal -> journal.leases().count()));
        gauges.add(gauge(
                store,
                pg,
                tags,
                "holdfast_journal_size_limit_bytes",
                "Largest history that the group may have; NaN = no limit",
                journal -> journal.snapshot().manifest().limitBytes() == 0
                        ? Double.NaN
                        : journal.snapshot().manifest().limitBytes()));
        gauges.addAll(ofSlot(store, pg, tags));
        for (JournalCondition.State state : JournalCondition.State.values()) {
            gauges.add(Gauge.builder(
                            "holdfast_journal_state",
                            store,
                            it -> it.slot(pg)
                                            .map(slot -> JournalCondition.of(slot, it.hasRoom())
                                                            .state()
                                                    == state)
                                            .orElse(false)
                                    ? 1
                                    : 0)
                    .description("1 for the journal's present state. Alert: any but APPLYING for over 5 min")
                    .tags(tags.and("state", state.name()))
                    .register(registry));
        }
        return gauges;
    }

    /** Space and integrity. */
    private List<Meter> ofSlot(JournalStore store, PgId pg, Tags tags) {
        return List.of(
                Gauge.builder("holdfast_journal_full_in_seconds", store, it -> it.fullAt(pg, Instant.now())
                                .map(full -> (double)
                                        Duration.between(Instant.now(), full).toSeconds())
                                .orElse(Double.NaN))
                        .description(
                                "Until the size limit or the volume is reached at the rate of the last hour; NaN = not"
                                        + " within the history window, or not known. Alert: below a day")
                        .tags(tags)
                        .register(registry),
                Gauge.builder("holdfast_journal_damages", store, it -> scrub(it, pg)
                                .map(scrub -> (double) scrub.present().size())
                                .orElse(Double.NaN))
                        .description("Findings of the last scrub that are still true. Alert: above 0")
                        .tags(tags)
                        .register(registry),
                Gauge.builder("holdfast_journal_scrub_age_seconds", store, it -> scrub(it, pg)
                                .flatMap(ScrubStatus::last)
                                .map(last -> (double) Duration.between(last.finishedAt(), Instant.now())
                                        .toSeconds())
                                .orElse(Double.NaN))
                        .description("Since the last scrub that read everything; NaN = never")
                        .tags(tags)
                        .register(registry));
    }

    private static Optional<ScrubStatus> scrub(JournalStore store, PgId pg) {
        return store.slot(pg).filter(JournalSlot.Open.class::isInstance).map(slot -> ((JournalSlot.Open) slot).scrub());
    }

    private Gauge gauge(
            JournalStore store, PgId pg, Tags tags, String name, String help, ToDoubleFunction<Journal> value) {
        return Gauge.builder(
                        name,
                        store,
                        it -> it.slot(pg).isPresent() && it.slot(pg).get() instanceof JournalSlot.Open working
                                ? value.applyAsDouble(working.journal())
                                : Double.NaN)
                .description(help)
                .tags(tags)
                .register(registry);
    }

    public void applied(Applied applied) {
        switch (applied) {
            case Applied.Batch batch -> {
                appliedBytes.increment(batch.bytes());
                appliedChanges.increment(batch.changes());
            }
            case Applied.Listed _ -> listed.increment();
            case Applied.Discarded(var reason) -> discarded.get(reason).increment();
            case Applied.Refused _ -> refused.increment();
            case Applied.AlreadyPassed _, Applied.ListedBefore _ -> {}
        }
    }

    public void deadLetter() {
        deadLetters.increment();
    }

    public void opened(double seconds) {
        open.record(Duration.ofNanos((long) (seconds * 1e9)));
    }

    public void readAhead(long bytes) {
        readAheadBytes.increment(bytes);
    }

    public void aged(long bytes) {
        agedBytes.increment(bytes);
    }

    public void ageingFailed() {
        ageingFailures.increment();
    }
}
