package io.holdfast.recoveryplan.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@link DnsMessages} promises, for the database and for the fake of the tests alike. */
public abstract class DnsMessagesContract {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LATER = NOON.plusSeconds(31);

    private final DnsMessages.Key key = new DnsMessages.Key(RunId.random(), "1.update-dns.1");

    protected abstract DnsMessages subject();

    @Test
    void remembersTheMessageThatNobodySawAnswered() {
        assertThat(subject().enter(key, false)).isEmpty();
        subject().sending(key, false, Optional.empty(), NOON);

        assertThat(subject().enter(key, false)).contains(NOON);
        assertThat(subject().enter(new DnsMessages.Key(key.run(), "1.update-dns.2"), false))
                .as("of another record set")
                .isEmpty();

        subject().answered(key, LATER);
        assertThat(subject().enter(key, false)).as("that was another one").contains(NOON);
        subject().answered(key, NOON);
        assertThat(subject().enter(key, false)).isEmpty();
    }

    @Test
    void letsOneOfTwoExecutorsSendThatHaveSeenTheSame() {
        subject().sending(key, false, subject().enter(key, false), NOON);
        Optional<Instant> seen = subject().enter(key, false);
        subject().sending(key, false, seen, LATER);

        assertRefused(() -> subject().sending(key, false, seen, LATER.plusSeconds(1)), DnsError.DNS_MESSAGE_PENDING);
        assertThat(subject().enter(key, false)).contains(LATER);
    }

    @Test
    void letsNoUpdateBeSentOnceItsUndoHasBegun() {
        Optional<Instant> seen = subject().enter(key, false);
        assertThat(subject().enter(key, true)).isEmpty();

        assertRefused(() -> subject().enter(key, false), DnsError.DNS_UNDO_BEGUN);
        assertRefused(() -> subject().sending(key, false, seen, NOON), DnsError.DNS_UNDO_BEGUN);
        subject().sending(key, true, seen, NOON);
        assertThat(subject().enter(key, true)).contains(NOON);
    }

    private static void assertRefused(Runnable call, DnsError code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }
}
