package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.replicationagent.uplink.Backoff;
import io.holdfast.replicationagent.uplink.LinkSettings;
import io.holdfast.replicationagent.uplink.RouterAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** Keeps one session open, with one router of a list: when it ends, the next address is tried after a back-off. */
final class RouterLink implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RouterLink.class.getName());

    private final List<RouterAddress> addresses;
    private final RouterTls tls;
    private final LinkSettings settings;
    private final SessionHost host;
    private final LinkCounters counters;
    private final Runnable failed;
    private final Backoff backoff;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile RouterSession session;

    /** What all links of an agent count together. */
    record LinkCounters(AtomicLong sessions, AtomicLong failures) {
        LinkCounters() {
            this(new AtomicLong(), new AtomicLong());
        }
    }

    /** @param failed called after every attempt that did not get as far as a Welcome */
    RouterLink(
            List<RouterAddress> addresses,
            RouterTls tls,
            LinkSettings settings,
            SessionHost host,
            LinkCounters counters,
            Runnable failed) {
        this.addresses = List.copyOf(addresses);
        this.tls = tls;
        this.settings = settings;
        this.host = host;
        this.counters = counters;
        this.failed = failed;
        this.backoff = new Backoff(settings.firstBackoff(), settings.mostBackoff(), RandomGenerator.getDefault());
        this.thread = Thread.ofPlatform()
                .name("holdfast-uplink-" + addresses.getFirst())
                .daemon()
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            for (int attempt = 0; closing.getCount() > 0; attempt++) {
                RouterAddress address = addresses.get(attempt % addresses.size());
                SessionEnd end = runSession(address);
                session = null;
                if (closing.getCount() == 0) {
                    return;
                }
                if (end.welcomed()) {
                    backoff.reset();
                } else {
                    failed.run();
                }
                Duration wait = backoff.next();
                wait = wait.compareTo(end.retryAfter()) < 0 ? end.retryAfter() : wait;
                counters.failures().incrementAndGet();
                LOG.log(
                        System.Logger.Level.WARNING,
                        "No session with a router; router=" + address + " code=" + end.code() + " nextAttemptInMs="
                                + wait.toMillis() + ": " + end.message());
                if (closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private SessionEnd runSession(RouterAddress address) {
        try {
            RouterSession next = new RouterSession(address, settings, host);
            session = next;
            if (closing.getCount() == 0) {
                next.finish("AGENT_CLOSED", "the agent stops");
            }
            counters.sessions().incrementAndGet();
            return next.run(tls);
        } catch (HoldfastException unusable) {
            return new SessionEnd(unusable.code().name(), unusable.getMessage(), Duration.ZERO, false);
        } catch (RuntimeException defect) {
            LOG.log(System.Logger.Level.ERROR, "A session ended with a defect; router=" + address, defect);
            return new SessionEnd("INTERNAL", defect.toString(), Duration.ZERO, false);
        }
    }

    /** Something may be due on the session. */
    void wake() {
        RouterSession current = session;
        if (current != null) {
            current.wake();
        }
    }

    boolean isHeldBack() {
        RouterSession current = session;
        return current != null && current.isHeldBack();
    }

    /** Hands a frame to the session to send when it can. False: there is no session, or too much waits in it. */
    boolean offer(AgentFrame frame) {
        RouterSession current = session;
        return current != null && current.offer(frame);
    }

    boolean isConnected() {
        RouterSession current = session;
        return current != null && current.isWelcomed();
    }

    /** Ends the session and opens another: its streams have changed. */
    void reconnect() {
        RouterSession current = session;
        if (current != null) {
            current.finish("RECONNECT", "the session's streams have changed");
        }
    }

    @Override
    public void close() {
        closing.countDown();
        RouterSession current = session;
        if (current != null) {
            current.finish("AGENT_CLOSED", "the agent stops");
        }
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
