package io.holdfast.localsite.adapter.http;

import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.part.Part;

/** What the site's base address can show and do; implemented by the site itself. Thread-safe. */
public interface SiteControl {
    /** The state of every part; with {@code asking}, each running one is asked whether it is healthy (up to 2 s). */
    SiteState state(boolean asking);

    /** Launches a part and waits until it is ready. */
    void start(Part part);

    /** Ends a part in an orderly way; it stays down. */
    void stop(Part part);

    /** Ends a part at once; it stays down. */
    void kill(Part part);

    default void restart(Part part) {
        stop(part);
        start(part);
    }
}
