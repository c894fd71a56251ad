package io.holdfast.localsite.part;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** One life of a part, from launch to end. Safe for use by several threads. */
public interface RunningPart {
    /** The part's process; empty when the part lives inside the local site's own process. */
    OptionalLong pid();

    /** Completes, never exceptionally, with a short description when this life has ended, for whatever reason. */
    CompletableFuture<String> ended();

    /** Asks the part once whether it is ready to work; bounded to about two seconds, never throws. */
    boolean probe();

    /** Asks it to end in an orderly way; returns at once. */
    void requestStop();

    /**
     * Ends it at once, without a chance to tidy up.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code LOCAL_SITE_ACTION_REFUSED} when it has no process of
     *     its own
     */
    void kill();

    /** The newest lines of its log, oldest first. */
    List<String> lastLogLines();
}
