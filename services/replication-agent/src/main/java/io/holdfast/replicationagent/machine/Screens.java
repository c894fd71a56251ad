package io.holdfast.replicationagent.machine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The newest picture of each machine, until whoever it is for has had time to take it. Evidence, and no more: when there are too many, the oldest go.
 *
 * <p>Threads: any.
 */
public final class Screens {
    static final int MAX_SCREENS = 64;
    static final int MAX_BYTES = 2 << 20;
    /** A session that was lost is back by then, or the run is over. */
    static final long KEPT_MICROS = TimeUnit.MINUTES.toMicros(15);

    private final Deque<Screen> kept = new ArrayDeque<>();
    private long numbers;
    private int bytes;

    synchronized void add(MachineOrder order, Screen.Moment moment, long nowMicros, Screenshot picture) {
        remove(kept.stream()
                .filter(screen -> screen.machine().equals(order.id()))
                .toList());
        kept.addLast(new Screen(++numbers, order.id(), order.vm(), order.run(), moment, nowMicros, picture));
        bytes += picture.png().length;
        while (kept.size() > MAX_SCREENS || bytes > MAX_BYTES) {
            remove(List.of(kept.getFirst()));
        }
        dropOld(nowMicros);
    }

    private void dropOld(long nowMicros) {
        remove(kept.stream()
                .filter(screen -> screen.takenAtMicros() < nowMicros - KEPT_MICROS)
                .toList());
    }

    private void remove(List<Screen> gone) {
        kept.removeAll(gone);
        gone.forEach(screen -> bytes -= screen.picture().png().length);
    }

    /** Those with a greater number, in the order in which they were taken. */
    public synchronized List<Screen> after(long number, long nowMicros) {
        dropOld(nowMicros);
        return kept.stream().filter(screen -> screen.number() > number).toList();
    }
}
