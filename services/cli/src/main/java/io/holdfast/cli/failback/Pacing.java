package io.holdfast.cli.failback;

/** How long the way may take, and the pause between two looks. */
public interface Pacing {
    void pause();

    /** Whether the time is over that a person wanted to wait. */
    boolean isOver();

    /** Turns in which a site may fail to answer, one after the other, before that is the end. */
    int patience();
}
