package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.capacity.MinuteTraffic;
import io.holdfast.protectiongroup.capacity.Trace;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a group's guests wrote (docs/capacity.md).
 *
 * @param packing bytes sent per byte written while nothing was synchronised; absent = never seen
 */
@Schema(name = "Traffic")
public record TrafficView(
        String pgId,
        Instant from,
        Instant until,
        int stepMinutes,
        int observedMinutes,
        long writtenBytes,
        Double packing,
        List<Step> steps) {

    /** @param observedMinutes 1 to the step; a step of which nothing is known is left out */
    @Schema(name = "TrafficStep")
    public record Step(Instant at, int observedMinutes, long writtenBytes) {}

    static TrafficView of(String pgId, Instant from, Instant until, int stepMinutes, List<MinuteTraffic> minutes) {
        TreeMap<Instant, Step> steps = new TreeMap<>();
        for (MinuteTraffic minute : minutes) {
            long past = (minute.minute().getEpochSecond() - from.getEpochSecond()) / 60 / stepMinutes;
            Instant at = from.plusSeconds(past * stepMinutes * 60);
            steps.merge(
                    at,
                    new Step(at, 1, minute.writtenBytes()),
                    (one, other) -> new Step(
                            at,
                            one.observedMinutes() + other.observedMinutes(),
                            one.writtenBytes() + other.writtenBytes()));
        }
        var packing = Trace.of(List.of(minutes)).packing();
        return new TrafficView(
                pgId,
                from,
                until,
                stepMinutes,
                minutes.size(),
                minutes.stream().mapToLong(MinuteTraffic::writtenBytes).sum(),
                packing.isPresent() ? packing.getAsDouble() : null,
                List.copyOf(steps.values()));
    }
}
