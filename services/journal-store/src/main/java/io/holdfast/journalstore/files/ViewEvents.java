package io.holdfast.journalstore.files;

import java.time.Duration;

/** Told what happens to file views, for metrics. Any thread. */
public interface ViewEvents {
    ViewEvents NONE = new ViewEvents() {
        @Override
        public void opened(Duration took) {}

        @Override
        public void failed() {}

        @Override
        public void read(long bytes) {}
    };

    /** @param took from the order until it could be used */
    void opened(Duration took);

    /** A view could not be opened, or ended by itself before its time. */
    void failed();

    /** Bytes of files given out. */
    void read(long bytes);
}
