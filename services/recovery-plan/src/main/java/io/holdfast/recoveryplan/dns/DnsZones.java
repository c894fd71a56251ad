package io.holdfast.recoveryplan.dns;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The zones of the servers that the settings name. Thread-safe; each call is bounded in time. All throw {@link io.holdfast.kernel.error.HoldfastException} of
 * {@link DnsError}.
 */
public interface DnsZones {
    /** A server refuses a message when its clock is farther than this from the time of the signature (RFC 8945, "fudge"). */
    Duration VALIDITY = Duration.ofSeconds(30);

    /** @param serverTime the server's clock when it answered, in whole seconds, rounded down */
    record Seen(RecordValues values, Instant serverTime) {}

    /**
     * What the primary has now.
     *
     * @throws io.holdfast.kernel.error.HoldfastException also {@code DNS_RECORD_UNEXPECTED} if the name is an alias, and the type is not CNAME
     */
    Seen read(RecordSet set);

    /**
     * Replaces the values if they are still the expected ones, in one message (RFC 2136).
     *
     * @param expected compared without its TTL
     * @param next none = the set is removed
     * @param signedAt time of the signature; the message has no effect when the server's clock is more than {@link #VALIDITY} past it
     * @return false if they were others: nothing has changed
     */
    boolean replace(RecordSet set, RecordValues expected, RecordValues next, Instant signedAt);

    /** Why nothing can be said to the set's server; empty = nothing is known to be in the way. Sends nothing. */
    Optional<String> obstacle(RecordSet set);
}
