package io.holdfast.replicationagent.sync;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/**
 * Matches replies with questions for all syncs of an agent. A reply to a question that nobody waits for any more is ignored, whichever session it came by.
 *
 * <p>Threads: any. Bounded by what the comparisons ask: {@link Comparison#WINDOWS} questions of each volume that syncs.
 */
public final class ReplicaHashes {
    /** The codes of {@code HashReply.error_code} and the agent's own: this one says that the session of a question has ended. */
    static final String SESSION_ENDED = "SESSION_ENDED";

    private final HashLink link;
    private final Runnable answered;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, Listener> waiting = new ConcurrentHashMap<>();

    /** Takes the answer to one question, once, on any thread; must not block. */
    interface Listener {
        /** @param errorCode empty = {@code hashes} is the answer */
        void answer(String errorCode, byte[] hashes);
    }

    /** @param answered called after an answer was handed on; must not block */
    public ReplicaHashes(HashLink link, Runnable answered) {
        this.link = link;
        this.answered = answered;
    }

    /** Whether there is anybody to ask at all. */
    boolean isOfUse() {
        return link != HashLink.NONE;
    }

    /**
     * Asks a question.
     *
     * @param question makes it for an id
     * @return the id; 0 = no session takes it now
     */
    long ask(LongFunction<HashQuestion> question, Listener listener) {
        long id = ids.incrementAndGet();
        waiting.put(id, listener);
        if (!link.send(question.apply(id))) {
            waiting.remove(id);
            return 0;
        }
        return id;
    }

    /** The answer is of no interest any more. */
    void forget(long id) {
        waiting.remove(id);
    }

    /** A reply came. */
    public void answered(long id, String errorCode, byte[] hashes) {
        Listener listener = waiting.remove(id);
        if (listener != null) {
            listener.answer(errorCode, hashes);
            answered.run();
        }
    }

    /** A session has ended: what was asked in it is not answered any more. Asking what another session still answers costs a reply only. */
    public void sessionEnded() {
        for (Long id : waiting.keySet()) {
            answered(id, SESSION_ENDED, new byte[0]);
        }
    }

    /** Questions whose answers are waited for. */
    int outstanding() {
        return waiting.size();
    }
}
