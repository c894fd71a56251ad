package io.holdfast.replicationagent.quiesce;

import java.time.Duration;

/** What is counted. Threads: any. */
public interface QuiesceMeter {
    QuiesceMeter NONE = new QuiesceMeter() {
        @Override
        public void frozenFor(Duration duration) {}

        @Override
        public void failed(FreezeFailure.Code code) {}

        @Override
        public void expired() {}

        @Override
        public void hookAfterFailed() {}
    };

    /** An order froze all its guests, for so long. */
    void frozenFor(Duration duration);

    void failed(FreezeFailure.Code code);

    /** A freeze ended before the router said so. */
    void expired();

    void hookAfterFailed();
}
