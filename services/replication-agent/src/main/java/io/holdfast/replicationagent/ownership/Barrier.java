package io.holdfast.replicationagent.ownership;

/** What can keep one attached machine from writing. Returns from every call at once. Threads: any. */
public interface Barrier {
    /** What has come of {@link #shut}. Told by any thread, any number of times. */
    interface Outcome {
        /** Nothing is in flight and nothing is taken. */
        void holds();

        /** @param code stable */
        void failed(String code, String message);

        /** Held, and does not any more: somebody let the machine go on. It is shut again already. */
        void broken();
    }

    /** The machine must not write from this instant on. */
    void shut(String reason, Outcome outcome);

    /** Nobody knows yet whether the machine may write: who is not there yet is not let in. */
    void hold(String reason);

    /** The machine may write. */
    void lift();
}
