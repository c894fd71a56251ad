package io.holdfast.replicationagent.ownership;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The one way to the disks of a machine that is captured inline: every request of every connection passes it. Closing it is one atomic step: a request is inside before it, and
 * counted, or is refused.
 *
 * <p>Threads: any.
 */
public final class VmGate implements Barrier {
    /** The sign bit; the other bits count requests inside. */
    private static final long CLOSED = Long.MIN_VALUE;

    private static final Outcome NOBODY = new Outcome() {
        @Override
        public void holds() {}

        @Override
        public void failed(String code, String message) {}

        @Override
        public void broken() {}
    };

    private final AtomicLong requests = new AtomicLong();
    private final Set<Runnable> connections = ConcurrentHashMap.newKeySet();
    private final LongAdder refused;
    private volatile String reason = "";
    private volatile Outcome outcome = NOBODY;

    /** @param refused counts connections that were not let in */
    public VmGate(LongAdder refused) {
        this.refused = refused;
    }

    /** A request begins. False: it is refused, and nothing follows; else {@link #leave} does. */
    public boolean enter() {
        while (true) {
            long now = requests.get();
            if (now < 0) {
                return false;
            }
            if (requests.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /** The request that {@link #enter}ed has had its effect. */
    public void leave() {
        if (requests.decrementAndGet() == CLOSED) {
            // Opened and shut again meanwhile, with somebody else inside: then it is that one's to tell.
            Outcome current = outcome;
            if (requests.get() == CLOSED) {
                current.holds();
            }
        }
    }

    public boolean isClosed() {
        return requests.get() < 0;
    }

    /** Why requests are refused; of use only when they are. */
    public String reason() {
        return reason;
    }

    /** Somebody wants to connect. False: refused for {@link #reason}, and counted. */
    public boolean admit() {
        if (isClosed()) {
            refused.increment();
            return false;
        }
        return true;
    }

    /** @param end ends the connection when what it asked for is answered; called at once when the gate is closed already */
    public void connected(Runnable end) {
        connections.add(end);
        if (isClosed()) {
            end.run();
        }
    }

    public void disconnected(Runnable end) {
        connections.remove(end);
    }

    @Override
    public void shut(String why, Outcome told) {
        // Before the bit: whoever sees it set finds these.
        reason = why;
        outcome = told;
        long before = requests.getAndUpdate(now -> now | CLOSED);
        connections.forEach(Runnable::run);
        if ((before & ~CLOSED) == 0) {
            told.holds();
        }
    }

    @Override
    public void hold(String why) {
        shut(why, NOBODY);
    }

    @Override
    public void lift() {
        outcome = NOBODY;
        requests.updateAndGet(now -> now & ~CLOSED);
    }
}
