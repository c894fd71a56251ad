package io.holdfast.replicationrouter.runtime;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that moves from event to event; events of one instant come in the order in which they were planned. */
final class SimulatedTime implements RouterClock {
    private record Event(long nanos, long order, Runnable step) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::order));
    private long now = 1_000_000_000L;
    private long planned;

    void after(long nanos, Runnable step) {
        events.add(new Event(now + nanos, planned++, step));
    }

    void runUntil(long end) {
        while (!events.isEmpty() && events.peek().nanos() <= end) {
            Event next = events.poll();
            now = next.nanos();
            next.step().run();
        }
        now = end;
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public long micros() {
        return now / 1_000;
    }
}
