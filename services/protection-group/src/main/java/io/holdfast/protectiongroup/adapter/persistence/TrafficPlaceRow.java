package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.protectiongroup.capacity.TrafficReading;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** The counters up to which a stream's traffic is noted. */
@Entity
@Table(name = "traffic_place")
@IdClass(TrafficPlaceRow.Key.class)
class TrafficPlaceRow {
    record Key(UUID pgId, UUID agentId) {}

    @Id
    @Column(name = "pg_id")
    UUID pgId;

    @Id
    @Column(name = "agent_id")
    UUID agentId;

    Instant at;

    @Column(name = "captured_bytes")
    long capturedBytes;

    @Column(name = "sent_bytes")
    long sentBytes;

    boolean steady;

    TrafficReading reading() {
        return new TrafficReading(at, capturedBytes, sentBytes, steady);
    }

    void moveTo(TrafficReading reading) {
        at = reading.at();
        capturedBytes = reading.capturedBytes();
        sentBytes = reading.sentBytes();
        steady = reading.steady();
    }
}
