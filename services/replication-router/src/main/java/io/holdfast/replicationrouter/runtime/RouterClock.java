package io.holdfast.replicationrouter.runtime;

/** Time, so that tests can make it. */
public interface RouterClock {
    /** Monotonic, for rhythms and limits. */
    long nanos();

    /** Wall clock, microseconds since 1970-01-01T00:00Z, for what others read. */
    long micros();

    RouterClock SYSTEM = new RouterClock() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long micros() {
            java.time.Instant now = java.time.Instant.now();
            return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        }
    };
}
