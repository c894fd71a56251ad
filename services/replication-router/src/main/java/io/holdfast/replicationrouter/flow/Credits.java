package io.holdfast.replicationrouter.flow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * How many bytes of batch bodies each agent may send before it hears more (feature F42). A session begins with a credit; what its batches used comes back when they have left the
 * router. While the router holds more than {@value #HOLD_PERCENT} % of its budget nothing comes back, so that agents stop by themselves before the transport has to stop them.
 *
 * <p><b>Why nobody waits for ever.</b> A credit is never lost: it is unused, in a batch that the router holds, or owed. A session whose unused credit does not cover the largest batch gets what it is
 * owed at once, however full the router is; and the opening credit covers one. So an agent that holds a marker which others wait for can always send the next batch as soon as the one before it has left.
 * The memory that this may cost beyond the mark is bounded by {@link InFlightBudget}, which stands behind all of this, and is all that holds back agents that know no credit.
 *
 * <p>Not thread-safe.
 *
 * @param <W> a session
 */
public final class Credits<W> {
    /** The receiver's reserve: what arrives after it stopped must have room. */
    public static final int HOLD_PERCENT = 75;

    private final long markBytes;
    private final long largestBatchBytes;
    private final Map<W, Account> accounts = new HashMap<>();
    private final Set<W> owed = new LinkedHashSet<>();
    private long heldBytes;

    private static final class Account {
        private final long openingBytes;
        private long unusedBytes;
        private long heldBytes;
        private long owedBytes;

        private Account(long openingBytes) {
            this.openingBytes = openingBytes;
            this.unusedBytes = openingBytes;
        }
    }

    /** @param bytes that the session may send more */
    public record Grant<W>(W session, long bytes) {}

    /**
     * @param limitBytes the router's budget
     * @param largestBatchBytes the largest body of a batch
     */
    public Credits(long limitBytes, long largestBatchBytes) {
        this.markBytes = limitBytes / 100 * HOLD_PERCENT;
        this.largestBatchBytes = largestBatchBytes;
    }

    /** A session begins: its opening credit, the smaller the more there are, and never less than one batch. */
    public long begin(W session) {
        long opening = Math.max(largestBatchBytes, markBytes / (accounts.size() + 1));
        accounts.put(session, new Account(opening));
        return opening;
    }

    public void end(W session) {
        Account account = accounts.remove(session);
        owed.remove(session);
        if (account != null) {
            heldBytes -= account.heldBytes;
        }
    }

    /** A batch came. More than was granted is no offence: an older agent knows no credit. */
    public void arrived(W session, long bytes) {
        Account account = accounts.get(session);
        if (account != null) {
            account.unusedBytes -= bytes;
            account.heldBytes += bytes;
            heldBytes += bytes;
        }
    }

    /** A batch of the session has left the router, to Kafka or to nowhere. Nothing happens for a session that has ended. */
    public void left(W session, long bytes) {
        Account account = accounts.get(session);
        if (account != null) {
            account.heldBytes -= bytes;
            heldBytes -= bytes;
            account.owedBytes += bytes;
            owed.add(session);
        }
    }

    /**
     * What is to be granted now, those who were owed first in front.
     *
     * @param takesFrames whether the session's connection takes a frame now; the others stay owed, so that nothing piles up for an agent that does not read
     */
    public List<Grant<W>> due(Predicate<W> takesFrames) {
        List<Grant<W>> due = new ArrayList<>();
        for (Iterator<W> sessions = owed.iterator(); sessions.hasNext(); ) {
            W session = sessions.next();
            if (!takesFrames.test(session)) {
                continue;
            }
            Account account = accounts.get(session);
            long bytes = grantable(account);
            if (bytes > 0) {
                account.owedBytes -= bytes;
                account.unusedBytes += bytes;
                due.add(new Grant<>(session, bytes));
            }
            if (account.owedBytes == 0) {
                sessions.remove();
            }
        }
        return due;
    }

    private long grantable(Account account) {
        if (heldBytes > markBytes) {
            return Math.clamp(largestBatchBytes - account.unusedBytes, 0, account.owedBytes);
        }
        // One frame for many batches, unless the session has nothing else to come or may run short.
        boolean worthAFrame = account.owedBytes >= account.openingBytes / 4
                || account.heldBytes == 0
                || account.unusedBytes < largestBatchBytes;
        return worthAFrame ? account.owedBytes : 0;
    }

    /** What the router holds of sessions that have not ended. */
    public long heldBytes() {
        return heldBytes;
    }
}
