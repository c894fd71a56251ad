package io.holdfast.localsite.part;

import java.time.Duration;

/** Knows how to bring one part to life. Called by one thread at a time. */
public interface PartRunner {
    Part part();

    /**
     * Starts the part and returns without waiting until it is ready.
     *
     * @throws io.holdfast.kernel.error.HoldfastException when it cannot even be launched; nothing is left running then
     */
    RunningPart launch();

    /** How long the part may take from launch to ready on a slow machine. */
    default Duration startLimit() {
        return Duration.ofSeconds(90);
    }

    /** How long the part may take to end after it was asked to, before it is killed. */
    default Duration stopLimit() {
        return Duration.ofSeconds(10);
    }
}
