package io.holdfast.replicationagent.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.replicationagent.flow.LinkLimits.Obstacle;
import io.holdfast.replicationagent.flow.SendTurns.Offer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Time passes by the test's hand: a minute of the line takes no time. */
class SendTurnsTest {
    private static final long MIB = 1 << 20;
    private static final Instant MIDNIGHT = Instant.parse("2026-03-02T00:00:00Z");

    private final PgId first = PgId.random();
    private final PgId second = PgId.random();
    private final Credit credit = new Credit();
    private final Map<PgId, Long> sent = new HashMap<>();
    private long nanos;
    private final LinkLimits limits = new LinkLimits(() -> nanos, () -> MIDNIGHT.plusNanos(nanos));
    private final SendTurns turns = new SendTurns(limits, credit);

    private static TransferRules rules(int priority, RateLimit rate) {
        return new TransferRules(priority, rate, SyncRules.DEFAULT);
    }

    private static RateLimit rate(long bytesPerSecond, RateWindow... windows) {
        return new RateLimit(Speed.ofBytesPerSecond(bytesPerSecond), List.of(windows));
    }

    private void run(Duration time, int batchBytes, PgId... groups) {
        long end = nanos + time.toNanos();
        List<Offer> offers =
                List.of(groups).stream().map(pg -> new Offer(pg, batchBytes)).toList();
        while (nanos < end) {
            SendTurns.Turn turn = turns.next(offers);
            if (turn.next().isPresent()) {
                turns.sent(turn.next().get(), batchBytes);
                sent.merge(turn.next().get(), (long) batchBytes, Long::sum);
            } else {
                nanos += turn.waitNanos();
            }
        }
    }

    @Test
    void aGroupKeepsToItsRateAndTheLinkToItsOwn() {
        limits.linkRate(rate(3 * MIB));
        limits.group(first, rules(9, rate(MIB)));
        limits.group(second, rules(1, RateLimit.UNLIMITED));

        run(Duration.ofMinutes(1), 256 << 10, first, second);

        // The group of the highest priority has what its rate allows, the other the rest of the line.
        assertThat(sent.get(first) / 60.0 / MIB).isCloseTo(1.0, within(0.03));
        assertThat(sent.get(second) / 60.0 / MIB).isCloseTo(2.0, within(0.06));
        assertThat(limits.obstacle(second)).isIn(Obstacle.LINK_RATE, Obstacle.NONE);
    }

    @Test
    void aThinLineIsSharedByPriority() {
        limits.linkRate(rate(MIB));
        limits.group(first, rules(5, RateLimit.UNLIMITED));
        limits.group(second, rules(7, RateLimit.UNLIMITED));

        run(Duration.ofMinutes(1), 64 << 10, first, second);

        assertThat((double) sent.get(second) / sent.get(first)).isCloseTo(4.0, within(0.1));
    }

    @Test
    void whenAnotherHasNothingToSendAGroupHasTheWholeLine() {
        limits.linkRate(rate(MIB));
        limits.group(first, rules(1, RateLimit.UNLIMITED));
        limits.group(second, rules(9, RateLimit.UNLIMITED));

        run(Duration.ofSeconds(30), 64 << 10, first);

        assertThat(sent.get(first) / 30.0 / MIB).isCloseTo(1.0, within(0.03));
    }

    @Test
    void inAClosedWindowNothingIsSentAndAfterItTheGroupGoesOnByItself() {
        var closed = new RateWindow(Set.of(), 1, 3, Speed.CLOSED);
        limits.group(first, rules(5, rate(0, closed)));
        nanos = Duration.ofMinutes(1).toNanos();

        run(Duration.ofSeconds(119), (int) MIB, first);
        assertThat(sent).isEmpty();
        assertThat(limits.obstacle(first)).isEqualTo(Obstacle.GROUP_WINDOW_CLOSED);
        assertThat(turns.next(List.of(new Offer(first, MIB))).waitNanos())
                .isLessThanOrEqualTo(Duration.ofSeconds(1).toNanos());

        nanos = Duration.ofMinutes(3).toNanos();
        assertThat(turns.next(List.of(new Offer(first, MIB))).next()).contains(first);
        assertThat(limits.obstacle(first)).isEqualTo(Obstacle.NONE);
    }

    @Test
    void newRulesForgiveNoDebt() {
        limits.group(first, rules(5, rate(MIB)));
        turns.sent(first, 0);
        limits.nanosUntilReady(first);
        limits.sent(first, 10 * MIB);
        limits.group(first, rules(5, rate(2 * MIB)));

        assertThat(limits.nanosUntilReady(first)).isBetween(4_500_000_000L, 5_000_000_000L);
    }

    @Test
    void aBatchIsSentOnlyWhenTheCreditCoversAllThatItMayBecome() {
        credit.begin(2 * MIB);
        assertThat(turns.next(List.of(new Offer(first, MIB))).next()).contains(first);
        turns.sent(first, MIB);
        turns.sent(first, MIB / 2);

        SendTurns.Turn none = turns.next(List.of(new Offer(first, MIB)));
        assertThat(none.next()).isEmpty();
        assertThat(none.waitNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(turns.next(List.of(new Offer(first, MIB), new Offer(second, MIB / 2)))
                        .next())
                .contains(second);

        credit.grant(MIB / 2);
        assertThat(turns.next(List.of(new Offer(first, MIB))).next()).contains(first);
    }

    @Test
    void anOlderRouterGivesNoCreditAndHoldsNobodyBackByIt() {
        credit.begin(0);
        assertThat(turns.next(List.of(new Offer(first, Long.MAX_VALUE))).next()).contains(first);
        turns.sent(first, Long.MAX_VALUE / 4);
        assertThat(credit.covers(Long.MAX_VALUE)).isTrue();
    }

    @Test
    void creditsThatMeanNothingAreRefused() {
        assertThatThrownBy(() -> credit.begin(-1)).isInstanceOf(IllegalArgumentException.class);
        credit.begin(1);
        assertThatThrownBy(() -> credit.grant(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> credit.grant(-5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> credit.grant(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> credit.spend(2)).isInstanceOf(IllegalStateException.class);
    }
}
