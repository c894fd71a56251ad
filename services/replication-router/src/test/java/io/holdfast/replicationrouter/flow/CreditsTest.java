package io.holdfast.replicationrouter.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationrouter.flow.Credits.Grant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CreditsTest {
    private static final long LIMIT = 100_000;
    private static final long LARGEST = 10_000;

    private final Credits<Integer> credits = new Credits<>(LIMIT, LARGEST);

    @Test
    void theFirstSessionsGetMoreAndEverybodyAtLeastOneBatch() {
        assertThat(credits.begin(1)).isEqualTo(75_000);
        assertThat(credits.begin(2)).isEqualTo(37_500);
        for (int session = 3; session < 50; session++) {
            assertThat(credits.begin(session)).isGreaterThanOrEqualTo(LARGEST);
        }
    }

    @Test
    void whatLeftTheRouterIsGrantedAgain() {
        credits.begin(1);
        credits.arrived(1, 30_000);
        assertThat(credits.due(_ -> true)).isEmpty();
        credits.left(1, 30_000);
        assertThat(credits.due(_ -> true)).containsExactly(new Grant<>(1, 30_000));
        assertThat(credits.due(_ -> true)).isEmpty();
    }

    @Test
    void overTheMarkNothingComesBackToWhoCanStillSend() {
        credits.begin(1);
        credits.begin(2);
        credits.arrived(2, 80_000);
        credits.arrived(1, 20_000);
        credits.left(1, 20_000);
        assertThat(credits.due(_ -> true)).isEmpty();
        credits.left(2, 10_000);
        assertThat(credits.due(_ -> true)).extracting(Grant::session).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void overTheMarkWhoCannotSendTheLargestBatchGetsWhatItIsOwed() {
        credits.begin(1);
        credits.begin(2);
        credits.arrived(1, 70_000);
        credits.arrived(2, 37_500);
        credits.left(2, 8_000);
        assertThat(credits.due(_ -> true)).containsExactly(new Grant<>(2, 8_000));
        credits.left(2, 8_000);
        assertThat(credits.due(_ -> true)).containsExactly(new Grant<>(2, 2_000));
    }

    @Test
    void whoTakesNoFramesStaysOwed() {
        credits.begin(1);
        credits.begin(2);
        credits.arrived(1, 30_000);
        credits.arrived(2, 30_000);
        credits.left(1, 30_000);
        credits.left(2, 30_000);
        assertThat(credits.due(session -> session == 2)).containsExactly(new Grant<>(2, 30_000));
        assertThat(credits.due(_ -> true)).containsExactly(new Grant<>(1, 30_000));
    }

    @Test
    void anEndedSessionHoldsNothingAndIsGrantedNothing() {
        credits.begin(1);
        credits.arrived(1, 50_000);
        credits.end(1);
        assertThat(credits.heldBytes()).isZero();
        credits.left(1, 50_000);
        assertThat(credits.due(_ -> true)).isEmpty();
        assertThat(credits.heldBytes()).isZero();
    }

    static List<Long> seeds() {
        long first = System.nanoTime();
        List<Long> seeds = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            seeds.add(first + i);
        }
        return seeds;
    }

    private static final class Sender {
        private final int id;
        private long credit;
        private long granted;
        private long spent;
        private long toSend;

        private Sender(int id, long opening, long toSend) {
            this.id = id;
            this.credit = opening;
            this.granted = opening;
            this.toSend = toSend;
        }
    }

    private record Held(Sender sender, long bytes) {}

    /**
     * Many agents, Kafka that answers in bursts, and one agent whose batches must all leave before any of the others' do: it holds the marker that they wait for.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nobodySendsMoreThanGrantedAndEverythingArrivesHoweverShortCreditIs(long seed) {
        Random random = new Random(seed);
        List<Sender> senders = new ArrayList<>();
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            senders.add(new Sender(i, credits.begin(i), random.nextInt(2_000_000)));
        }
        Sender awaited = senders.get(random.nextInt(count));
        Deque<Held> held = new ArrayDeque<>();
        for (int step = 0; ; step++) {
            assertThat(step).as("seed %d: steps; somebody waits for ever", seed).isLessThan(2_000_000);
            Sender sender = senders.get(random.nextInt(count));
            long most = Math.min(sender.toSend, 1 + random.nextInt((int) LARGEST));
            if (most > 0 && sender.credit >= LARGEST) {
                sender.credit -= most;
                sender.spent += most;
                sender.toSend -= most;
                credits.arrived(sender.id, most);
                held.add(new Held(sender, most));
            } else {
                // Nothing to send: Kafka answers, but behind a marker only the awaited agent's batches move.
                Held next = awaited.toSend > 0
                        ? held.stream()
                                .filter(one -> one.sender == awaited)
                                .findFirst()
                                .orElse(null)
                        : held.peek();
                if (next != null) {
                    held.remove(next);
                    credits.left(next.sender.id, next.bytes);
                }
            }
            for (Grant<Integer> grant : credits.due(_ -> true)) {
                Sender to = senders.get(grant.session());
                to.credit += grant.bytes();
                to.granted += grant.bytes();
            }
            for (Sender one : senders) {
                assertThat(one.spent).as("seed %d, step %d", seed, step).isLessThanOrEqualTo(one.granted);
            }
            if (held.isEmpty() && senders.stream().allMatch(one -> one.toSend == 0)) {
                break;
            }
        }
        assertThat(credits.heldBytes()).isZero();
    }
}
