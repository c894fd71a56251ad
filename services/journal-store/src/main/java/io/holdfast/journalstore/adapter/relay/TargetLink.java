package io.holdfast.journalstore.adapter.relay;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.relay.RelayLimits;
import io.holdfast.journalstore.relay.RelayMemory;
import io.holdfast.journalstore.relay.RelayStatus;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.AgentFrame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Keeps one session with one router of a target, for as long as the store runs. One router at a time carries all groups of the target: one that redirects a
 * group gets all of them.
 */
final class TargetLink implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(TargetLink.class.getName());
    private static final long FIRST_WAIT_MILLIS = 250;
    private static final long MOST_WAIT_MILLIS = 15_000;

    /** As of the last look; for status and metrics. */
    record Snapshot(boolean connected, String lastError, List<RelayStatus> groups, List<PgId> missing) {}

    private final RelayTarget target;
    private final JournalStore store;
    private final RelayMemory memory;
    private final RelayLimits limits;
    private final String hostName;
    private final String softwareVersion;
    private final String instance = UUID.randomUUID().toString();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile TargetSession session;
    private volatile String lastError = "";
    private volatile List<RelayStatus> groups = List.of();
    private volatile List<PgId> missing = List.of();

    TargetLink(RelayTarget target, JournalStore store, RelayMemory memory, RelayLimits limits, String softwareVersion) {
        this.target = target;
        this.store = store;
        this.memory = memory;
        this.limits = limits;
        this.hostName = store.options().storeId();
        this.softwareVersion = softwareVersion;
        this.thread =
                Thread.ofPlatform().name("relay-" + target.name()).daemon().unstarted(this::run);
    }

    RelayTarget target() {
        return target;
    }

    void start() {
        thread.start();
    }

    Snapshot snapshot() {
        TargetSession current = session;
        return new Snapshot(current != null && current.isWelcomed(), lastError, groups, missing);
    }

    private void run() {
        long wait = FIRST_WAIT_MILLIS;
        Optional<RelayTarget.Address> elsewhere = Optional.empty();
        try {
            for (int attempt = 0; closing.getCount() > 0; attempt++) {
                RelayTarget.Address router = elsewhere.orElse(
                        target.routers().get(attempt % target.routers().size()));
                TargetSession.End end = runSession(router);
                session = null;
                if (closing.getCount() == 0) {
                    return;
                }
                elsewhere = end.elsewhere();
                lastError = end.code() + ": " + end.message();
                wait = end.welcomed() ? FIRST_WAIT_MILLIS : Math.min(MOST_WAIT_MILLIS, wait * 2);
                long millis = Math.max(
                        end.retryAfter().toMillis(),
                        wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1));
                LOG.log(
                        System.Logger.Level.WARNING,
                        "No session with a further site; target=" + target.name() + " router=" + router + " code="
                                + end.code() + " nextAttemptInMs=" + millis + ": " + end.message());
                if (closing.await(millis, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private TargetSession.End runSession(RelayTarget.Address router) {
        try {
            TargetGroups asked = new TargetGroups(target, store, memory, limits);
            TargetSession next = new TargetSession(
                    router,
                    asked,
                    () -> asked.inventory(
                            target.identity().agent().toString(),
                            hostName,
                            softwareVersion,
                            store.options().nbdAddress()),
                    limits.unackedBytes(),
                    this::publish);
            session = next;
            if (closing.getCount() == 0) {
                next.finish("RELAY_STOPPED", "the relay stops", Duration.ZERO);
            }
            AgentFrame hello = RelayFrames.hello(target.identity(), hostName, softwareVersion, instance);
            return next.run(target, hello);
        } catch (HoldfastException unusable) {
            return failed(unusable.code().name(), unusable.getMessage());
        } catch (RuntimeException defect) {
            LOG.log(System.Logger.Level.ERROR, "A session with a further site ended with a defect", defect);
            return failed("INTERNAL", defect.toString());
        }
    }

    private static TargetSession.End failed(String code, String message) {
        return new TargetSession.End(code, message, Duration.ZERO, false, Optional.empty());
    }

    private void publish(TargetGroups asked) {
        groups = asked.all().stream().map(one -> one.stream().status()).toList();
        missing = asked.missing();
    }

    /** Ends the session; what was acknowledged is remembered. */
    @Override
    public void close() {
        closing.countDown();
        TargetSession current = session;
        if (current != null) {
            current.finish("RELAY_STOPPED", "the relay stops", Duration.ZERO);
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
