package io.holdfast.protectiongroup.capacity;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;

/** What several groups' guests wrote together, minute by minute, from the first to the last that was observed. */
public final class Trace {
    static final long MINUTE_SECONDS = 60;

    private final Instant from;
    private final long[] writtenBytes;
    private final double observedShare;
    private final double steadyWritten;
    private final double steadySent;

    private Trace(Instant from, long[] writtenBytes, double observedShare, double steadyWritten, double steadySent) {
        this.from = from;
        this.writtenBytes = writtenBytes;
        this.observedShare = observedShare;
        this.steadyWritten = steadyWritten;
        this.steadySent = steadySent;
    }

    /**
     * The sum of groups' minutes.
     *
     * @param groups one element per group; in each of them a minute stands once at most
     */
    public static Trace of(Collection<List<MinuteTraffic>> groups) {
        List<MinuteTraffic> all = groups.stream().flatMap(List::stream).toList();
        if (all.isEmpty()) {
            return new Trace(Instant.EPOCH, new long[0], 0, 0, 0);
        }
        Instant first =
                all.stream().map(MinuteTraffic::minute).min(Instant::compareTo).orElseThrow();
        Instant last =
                all.stream().map(MinuteTraffic::minute).max(Instant::compareTo).orElseThrow();
        long[] written = new long[(int) Duration.between(first, last).toMinutes() + 1];
        double steadyWritten = 0;
        double steadySent = 0;
        for (MinuteTraffic minute : all) {
            written[(int) Duration.between(first, minute.minute()).toMinutes()] += minute.writtenBytes();
            steadyWritten += minute.steadyWrittenBytes();
            steadySent += minute.steadySentBytes();
        }
        double observed = all.size() / ((double) written.length * groups.size());
        return new Trace(first, written, observed, steadyWritten, steadySent);
    }

    public boolean isEmpty() {
        return writtenBytes.length == 0;
    }

    /** Beginning of the first minute; of use only when there is one. */
    public Instant from() {
        return from;
    }

    public int minutes() {
        return writtenBytes.length;
    }

    public Duration length() {
        return Duration.ofMinutes(writtenBytes.length);
    }

    /** 0 to 1: of the groups' minutes, those that were observed. */
    public double observedShare() {
        return observedShare;
    }

    /** Bytes sent per byte written while nothing was synchronised; empty = never seen. */
    public OptionalDouble packing() {
        return steadyWritten == 0 ? OptionalDouble.empty() : OptionalDouble.of(steadySent / steadyWritten);
    }

    /** Bytes that would come to the link, by minute. A minute that was not observed brings nothing. */
    double[] offered(double growth, double packing) {
        double[] offered = new double[writtenBytes.length];
        for (int i = 0; i < offered.length; i++) {
            offered[i] = writtenBytes[i] * growth * packing;
        }
        return offered;
    }
}
