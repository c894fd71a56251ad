package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.capacity.MinuteTraffic;
import io.holdfast.protectiongroup.capacity.Traffic;
import io.holdfast.protectiongroup.capacity.TrafficReading;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;

/** What guests wrote, by group and minute (docs/capacity.md). Every method needs a transaction of the caller's. */
@ApplicationScoped
public class TrafficStore {
    private final EntityManager entities;

    @Inject
    public TrafficStore(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * Takes a stream's counters; what was written since those that were noted last is added once enough time has passed.
     *
     * @param oldest whatever is older, of any group, goes when a new hour begins
     */
    public void note(PgId group, AgentId agent, TrafficReading reading, Instant oldest) {
        var key = new TrafficPlaceRow.Key(group.value(), agent.value());
        TrafficPlaceRow place = entities.find(TrafficPlaceRow.class, key);
        if (place == null) {
            place = new TrafficPlaceRow();
            place.pgId = key.pgId();
            place.agentId = key.agentId();
            place.moveTo(reading);
            entities.persist(place);
            return;
        }
        TrafficReading noted = place.reading();
        if (noted.isDue(reading)) {
            noted.until(reading).ifPresent(traffic -> traffic.byMinute()
                    .forEach(part -> hour(group, part, oldest).add(part)));
            place.moveTo(reading);
        }
    }

    /** The stream is forgotten by its router; what its guests wrote stays as long as the rest. */
    public void forgetStream(PgId group, AgentId agent) {
        TrafficPlaceRow place =
                entities.find(TrafficPlaceRow.class, new TrafficPlaceRow.Key(group.value(), agent.value()));
        if (place != null) {
            entities.remove(place);
        }
    }

    /** Observed minutes that begin in the stretch of time, in order. */
    public List<MinuteTraffic> minutes(PgId group, Instant from, Instant until) {
        return entities.createQuery(
                        "from TrafficHourRow where pgId = :pg and hour >= :first and hour < :until order by hour",
                        TrafficHourRow.class)
                .setParameter("pg", group.value())
                .setParameter("first", from.truncatedTo(ChronoUnit.HOURS))
                .setParameter("until", until)
                .getResultStream()
                .flatMap(row -> row.observed().stream())
                .filter(minute ->
                        !minute.minute().isBefore(from) && minute.minute().isBefore(until))
                .toList();
    }

    /** Locked: agents of one group are heard by several threads. */
    private TrafficHourRow hour(PgId group, Traffic part, Instant oldest) {
        var key = new TrafficHourRow.Key(group.value(), part.from().truncatedTo(ChronoUnit.HOURS));
        TrafficHourRow row = entities.find(TrafficHourRow.class, key, LockModeType.PESSIMISTIC_WRITE);
        return row != null ? row : begin(key, oldest);
    }

    private TrafficHourRow begin(TrafficHourRow.Key key, Instant oldest) {
        long[] nothing = new long[TrafficHourRow.MINUTES];
        long[] unknown = new long[TrafficHourRow.MINUTES];
        Arrays.fill(unknown, TrafficHourRow.NOT_OBSERVED);
        // Another thread may begin the same hour: whoever is second waits here for the first, and finds its row.
        entities.createNativeQuery("""
                        insert into traffic_hour (pg_id, hour, written_bytes, steady_written_bytes, steady_sent_bytes)
                        values (:pg, :hour, :unknown, :nothing, :nothing) on conflict do nothing""")
                .setParameter("pg", key.pgId())
                .setParameter("hour", key.hour())
                .setParameter("unknown", unknown)
                .setParameter("nothing", nothing)
                .executeUpdate();
        entities.createQuery("delete from TrafficHourRow where hour < :oldest")
                .setParameter("oldest", oldest)
                .executeUpdate();
        return entities.find(TrafficHourRow.class, key, LockModeType.PESSIMISTIC_WRITE);
    }
}
