package io.holdfast.recoveryplan.dns;

import io.holdfast.kernel.error.HoldfastException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A primary under the contract of {@link DnsZones}, in memory; it outlives the executor. Messages can be lost, and can come late. One thread. */
public final class FakeDnsZones implements DnsZones {
    /** What becomes of a message that changes something. */
    public sealed interface Fate {
        record Arrives() implements Fate {}

        /** It has its effect, and nobody hears of it. */
        record AnswerLost() implements Fate {}

        /** Nobody hears of it; it comes to the server that much later. */
        record Late(Duration by) implements Fate {}
    }

    private record OnItsWay(
            Instant arrives, RecordSet set, RecordValues expected, RecordValues next, Instant signedAt) {}

    private final Clock clock;
    private final Map<RecordSet, RecordValues> sets = new HashMap<>();
    private final List<OnItsWay> onTheirWay = new ArrayList<>();
    /** Sets whose values were changed by messages, in order. */
    public final List<RecordSet> changes = new ArrayList<>();
    /** How far the server's clock is ahead. */
    public Duration ahead = Duration.ZERO;

    public Supplier<Fate> fate = Fate.Arrives::new;
    /** Called before anything is answered; throws to be away. */
    public Runnable before = () -> {};

    public FakeDnsZones(Clock clock) {
        this.clock = clock;
    }

    /** Somebody else writes it. */
    public void put(RecordSet set, RecordValues values) {
        sets.put(set, values);
    }

    public RecordValues now(RecordSet set) {
        deliver(clock.instant());
        return sets.getOrDefault(set, RecordValues.NONE);
    }

    @Override
    public Seen read(RecordSet set) {
        before.run();
        RecordValues now = now(set);
        RecordSet alias = new RecordSet(set.server(), set.name(), RecordType.CNAME);
        if (set.type() != RecordType.CNAME && !now(alias).values().isEmpty()) {
            throw new HoldfastException(DnsError.DNS_RECORD_UNEXPECTED, set.text() + " is an alias");
        }
        return new Seen(now, clock.instant().plus(ahead));
    }

    @Override
    public boolean replace(RecordSet set, RecordValues expected, RecordValues next, Instant signedAt) {
        before.run();
        deliver(clock.instant());
        OnItsWay message = new OnItsWay(clock.instant(), set, expected, next, signedAt);
        return switch (fate.get()) {
            case Fate.Arrives _ -> carryOut(message);
            case Fate.AnswerLost _ -> {
                carryOut(message);
                throw noAnswer();
            }
            case Fate.Late late -> {
                onTheirWay.add(new OnItsWay(message.arrives().plus(late.by()), set, expected, next, signedAt));
                throw noAnswer();
            }
        };
    }

    private static HoldfastException noAnswer() {
        return new HoldfastException(DnsError.DNS_UNREACHABLE, "no answer");
    }

    /** Everything that is on its way arrives, however late. */
    public void deliverAll() {
        deliver(Instant.MAX);
    }

    private void deliver(Instant until) {
        for (OnItsWay message : List.copyOf(onTheirWay)) {
            if (!message.arrives().isAfter(until)) {
                onTheirWay.remove(message);
                try {
                    carryOut(message);
                } catch (HoldfastException refused) {
                    // Nobody waits for this answer any more.
                    continue;
                }
            }
        }
    }

    private boolean carryOut(OnItsWay message) {
        Duration away = Duration.between(message.signedAt(), message.arrives().plus(ahead));
        if (away.abs().compareTo(VALIDITY) > 0) {
            throw new HoldfastException(DnsError.DNS_CLOCK_DIFFERS, "signed at " + message.signedAt());
        }
        RecordSet set = message.set();
        RecordValues now = sets.getOrDefault(set, RecordValues.NONE);
        RecordSet alias = new RecordSet(set.server(), set.name(), RecordType.CNAME);
        if (!now.sameValues(message.expected())) {
            return false;
        }
        // As RFC 2136, 3.4.2.2, has it: nothing is put beside an alias, and nobody is told.
        if (set.type() == RecordType.CNAME || !sets.containsKey(alias)) {
            changes.add(set);
            sets.remove(set);
            if (!message.next().values().isEmpty()) {
                sets.put(set, message.next());
            }
        }
        return true;
    }

    @Override
    public Optional<String> obstacle(RecordSet set) {
        return Optional.empty();
    }
}
