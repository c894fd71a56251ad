package io.holdfast.replicationagent.flow;

/**
 * Bytes that a router lets the agent send (Welcome.credit_bytes, Credit). A batch is sent only when its largest possible body fits, so never more than granted is on its way.
 * One session. Threads: granted by the transport's, spent by the sender's.
 */
public final class Credit {
    private boolean limited;
    private long left;
    private long granted;

    /** @param bytes of Welcome; 0 = the router is an older one, which holds agents back by the transport alone */
    public synchronized void begin(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a credit of " + bytes + " bytes");
        }
        limited = bytes > 0;
        left = bytes;
        granted = bytes;
    }

    /** @throws IllegalArgumentException for a credit that is none, or over 2^62 in all */
    public synchronized void grant(long bytes) {
        if (bytes <= 0 || bytes > Long.MAX_VALUE / 2 - granted) {
            throw new IllegalArgumentException("a credit of " + bytes + " bytes");
        }
        granted += bytes;
        left += bytes;
    }

    public synchronized boolean covers(long bytes) {
        return !limited || left >= bytes;
    }

    public synchronized void spend(long bytes) {
        if (limited) {
            if (bytes > left) {
                throw new IllegalStateException("%d bytes sent on a credit of %d".formatted(bytes, left));
            }
            left -= bytes;
        }
    }
}
