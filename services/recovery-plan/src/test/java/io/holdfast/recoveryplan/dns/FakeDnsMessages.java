package io.holdfast.recoveryplan.dns;

import io.holdfast.kernel.error.HoldfastException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** As {@link DnsMessages}, in memory; it outlives the executor. */
public final class FakeDnsMessages implements DnsMessages {
    private final Map<Key, Instant> pending = new HashMap<>();
    private final Set<Key> undone = new HashSet<>();

    @Override
    public synchronized Optional<Instant> enter(Key key, boolean undo) {
        if (undo) {
            undone.add(key);
        }
        return look(key, undo);
    }

    private Optional<Instant> look(Key key, boolean undo) {
        if (undone.contains(key) && !undo) {
            throw new HoldfastException(DnsError.DNS_UNDO_BEGUN, key + " is being undone");
        }
        return Optional.ofNullable(pending.get(key));
    }

    @Override
    public synchronized void sending(Key key, boolean undo, Optional<Instant> seen, Instant signedAt) {
        if (!look(key, undo).equals(seen)) {
            throw new HoldfastException(DnsError.DNS_MESSAGE_PENDING, "another message of " + key + " was sent");
        }
        pending.put(key, signedAt);
    }

    @Override
    public synchronized void answered(Key key, Instant signedAt) {
        pending.remove(key, signedAt);
    }
}
