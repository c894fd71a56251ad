package io.holdfast.replicationagent.flow;

import java.time.Duration;
import java.util.function.LongSupplier;

/** The part of all cores that this process uses. Threads: one at a time. */
public final class OwnCpu {
    private final LongSupplier nanoClock;
    private final int cores = Runtime.getRuntime().availableProcessors();
    private long usedNanos;
    private long atNanos;

    public OwnCpu(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.usedNanos = total();
        this.atNanos = nanoClock.getAsLong();
    }

    /** Since the last call, 0 to 1; 0 where the system does not tell. */
    public double share() {
        long used = total();
        long at = nanoClock.getAsLong();
        double share = at == atNanos ? 0 : (double) (used - usedNanos) / (at - atNanos) / cores;
        usedNanos = used;
        atNanos = at;
        return Math.clamp(share, 0, 1);
    }

    private static long total() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toNanos)
                .orElse(0L);
    }
}
