package io.holdfast.cli.command;

import io.holdfast.cli.failback.Pacing;
import java.time.Duration;

/** The pace of a person who waits. */
final class Patience implements Pacing {
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private final long end;

    Patience(Duration limit) {
        end = System.nanoTime() + limit.toNanos();
    }

    @Override
    public void pause() {
        Waiting.pause();
    }

    @Override
    public boolean isOver() {
        return System.nanoTime() - end >= 0;
    }

    @Override
    public int patience() {
        return (int) SILENCE.dividedBy(Waiting.PAUSE);
    }
}
