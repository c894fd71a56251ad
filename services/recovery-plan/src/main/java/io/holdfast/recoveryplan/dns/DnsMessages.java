package io.holdfast.recoveryplan.dns;

import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.Optional;

/**
 * The memory, beyond a crash, of messages that may still change a record set: at most one for each (docs/dns.md, "Messages that come late"). Thread-safe.
 */
public interface DnsMessages {
    /** A record set of a run; the same for its update and for the undo of it. */
    record Key(RunId run, String updateStepId) {}

    /**
     * Before anything is done about the record set.
     *
     * @param undo whether to put it back; then no update is sent any more
     * @return when the message was signed that nobody has seen answered; empty = there is none
     * @throws io.holdfast.kernel.error.HoldfastException {@code DNS_UNDO_BEGUN} for an update after that
     */
    Optional<Instant> enter(Key key, boolean undo);

    /**
     * Before a message is sent.
     *
     * @param seen what {@link #enter} answered, and of which is known that it has no effect any more
     * @throws io.holdfast.kernel.error.HoldfastException {@code DNS_MESSAGE_PENDING} if another one was sent since, {@code DNS_UNDO_BEGUN} as above
     */
    void sending(Key key, boolean undo, Optional<Instant> seen, Instant signedAt);

    /** The server has answered that message, whatever it said. */
    void answered(Key key, Instant signedAt);
}
