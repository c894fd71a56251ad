package io.holdfast.replicationagent.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class VmGateTest {
    private final LongAdder refused = new LongAdder();
    private final VmGate gate = new VmGate(refused);
    private final Told told = new Told();

    private static final class Told implements Barrier.Outcome {
        final AtomicInteger holds = new AtomicInteger();

        @Override
        public void holds() {
            holds.incrementAndGet();
        }

        @Override
        public void failed(String code, String message) {
            throw new AssertionError(code);
        }

        @Override
        public void broken() {
            throw new AssertionError("broken");
        }
    }

    @Test
    void theFenceHoldsWhenTheLastRequestInsideIsOut() {
        assertThat(gate.enter()).isTrue();
        assertThat(gate.enter()).isTrue();
        gate.shut("moved", told);
        assertThat(gate.enter()).isFalse();
        gate.leave();
        assertThat(told.holds).hasValue(0);
        gate.leave();
        assertThat(told.holds).hasValue(1);
        assertThat(gate.reason()).isEqualTo("moved");
    }

    @Test
    void anEmptyGateHoldsAtOnceAndConnectionsAreEndedAlsoThoseThatComeLate() {
        AtomicInteger ended = new AtomicInteger();
        gate.connected(ended::incrementAndGet);
        Runnable gone = ended::incrementAndGet;
        gate.connected(gone);
        gate.disconnected(gone);
        gate.shut("moved", told);
        assertThat(told.holds).hasValue(1);
        assertThat(ended).hasValue(1);
        gate.connected(ended::incrementAndGet);
        assertThat(ended).hasValue(2);
        assertThat(gate.admit()).isFalse();
        assertThat(refused.sum()).isEqualTo(1);
    }

    @Test
    void aGateThatIsLiftedLetsInAgainAndForgetsWhoWaited() {
        gate.enter();
        gate.shut("moved", told);
        gate.lift();
        assertThat(gate.enter()).isTrue();
        gate.leave();
        gate.leave();
        assertThat(told.holds).hasValue(0);
        assertThat(gate.admit()).isTrue();
    }

    @Test
    void whileThreadsComeAndGoNobodyIsInsideAFenceThatHolds() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> guests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            guests.add(Thread.ofPlatform().daemon().start(() -> {
                while (!stop.get()) {
                    if (gate.enter()) {
                        inside.incrementAndGet();
                        Thread.onSpinWait();
                        inside.decrementAndGet();
                        gate.leave();
                    }
                }
            }));
        }
        AtomicInteger violations = new AtomicInteger();
        for (int i = 0; i < 5_000; i++) {
            CountDownLatch held = new CountDownLatch(1);
            gate.shut("round " + i, new Barrier.Outcome() {
                @Override
                public void holds() {
                    if (inside.get() != 0) {
                        violations.incrementAndGet();
                    }
                    held.countDown();
                }

                @Override
                public void failed(String code, String message) {}

                @Override
                public void broken() {}
            });
            assertThat(held.await(60, java.util.concurrent.TimeUnit.SECONDS))
                    .as("round %d", i)
                    .isTrue();
            gate.lift();
        }
        stop.set(true);
        for (Thread guest : guests) {
            guest.join();
        }
        assertThat(violations).hasValue(0);
    }
}
