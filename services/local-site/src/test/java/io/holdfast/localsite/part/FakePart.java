package io.holdfast.localsite.part;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A part without a process, whose readiness and end the test decides. */
final class FakePart implements PartRunner {
    private final Part part;
    final AtomicInteger launches = new AtomicInteger();
    volatile boolean launchFails;
    volatile boolean becomesReady = true;
    volatile boolean endsWhenAsked = true;
    volatile boolean hasProcess = true;
    volatile Duration startLimit = Duration.ofSeconds(30);
    volatile Life life;

    FakePart(Part part) {
        this.part = part;
    }

    @Override
    public Part part() {
        return part;
    }

    @Override
    public Duration startLimit() {
        return startLimit;
    }

    @Override
    public Duration stopLimit() {
        return Duration.ofMillis(200);
    }

    @Override
    public RunningPart launch() {
        int number = launches.incrementAndGet();
        if (launchFails) {
            throw new HoldfastException(LocalSiteError.LOCAL_SITE_TOOL_MISSING, "the fake cannot be launched");
        }
        life = new Life(1_000_000L + number);
        return life;
    }

    final class Life implements RunningPart {
        private final long pid;
        private final CompletableFuture<String> ended = new CompletableFuture<>();
        volatile boolean killed;

        Life(long pid) {
            this.pid = pid;
        }

        void end(String how) {
            ended.complete(how);
        }

        @Override
        public OptionalLong pid() {
            return hasProcess ? OptionalLong.of(pid) : OptionalLong.empty();
        }

        @Override
        public CompletableFuture<String> ended() {
            return ended;
        }

        @Override
        public boolean probe() {
            return becomesReady && !ended.isDone();
        }

        @Override
        public void requestStop() {
            if (endsWhenAsked) {
                end("ended as asked");
            }
        }

        @Override
        public void kill() {
            if (!hasProcess) {
                throw new HoldfastException(LocalSiteError.LOCAL_SITE_ACTION_REFUSED, "no process of its own");
            }
            killed = true;
            end("was ended by signal 9");
        }

        @Override
        public List<String> lastLogLines() {
            return List.of("the fake's last words");
        }
    }
}
