package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.protectiongroup.capacity.MinuteTraffic;
import io.holdfast.protectiongroup.capacity.Traffic;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What a group's guests wrote in the 60 minutes of an hour. */
@Entity
@Table(name = "traffic_hour")
@IdClass(TrafficHourRow.Key.class)
class TrafficHourRow {
    static final int MINUTES = 60;
    /** In {@code writtenBytes}: nobody knows. */
    static final long NOT_OBSERVED = -1;

    record Key(UUID pgId, Instant hour) {}

    @Id
    @Column(name = "pg_id")
    UUID pgId;

    @Id
    Instant hour;

    @Column(name = "written_bytes")
    long[] writtenBytes;

    @Column(name = "steady_written_bytes")
    long[] steadyWrittenBytes;

    @Column(name = "steady_sent_bytes")
    long[] steadySentBytes;

    /** @param part within one minute of this hour */
    void add(Traffic part) {
        int minute = (int) ChronoUnit.MINUTES.between(hour, part.from());
        writtenBytes = plus(writtenBytes, minute, part.writtenBytes());
        steadyWrittenBytes = plus(steadyWrittenBytes, minute, part.steadyWrittenBytes());
        steadySentBytes = plus(steadySentBytes, minute, part.steadySentBytes());
    }

    /** Another array each time: that is how a change of it is seen. */
    private static long[] plus(long[] minutes, int minute, long bytes) {
        long[] sum = minutes.clone();
        sum[minute] = Math.max(0, sum[minute]) + bytes;
        return sum;
    }

    /** The minutes that were observed, in order. */
    List<MinuteTraffic> observed() {
        List<MinuteTraffic> minutes = new ArrayList<>();
        for (int minute = 0; minute < MINUTES; minute++) {
            if (writtenBytes[minute] != NOT_OBSERVED) {
                minutes.add(new MinuteTraffic(
                        hour.plus(minute, ChronoUnit.MINUTES),
                        writtenBytes[minute],
                        steadyWrittenBytes[minute],
                        steadySentBytes[minute]));
            }
        }
        return minutes;
    }
}
