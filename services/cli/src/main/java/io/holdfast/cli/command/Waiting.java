package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Asks again and again until something has come true, for a limited time. */
final class Waiting {
    static final Duration PAUSE = Duration.ofMillis(500);

    private final Duration limit;

    Waiting(Duration limit) {
        this.limit = limit;
    }

    /** @throws CommandFailure {@code NOT_IN_TIME} after the limit; what was ordered goes on */
    JsonNode until(String what, Supplier<JsonNode> asked, Predicate<JsonNode> done) {
        long end = System.nanoTime() + limit.toNanos();
        JsonNode now = asked.get();
        while (!done.test(now)) {
            if (System.nanoTime() - end >= 0) {
                throw new CommandFailure(ExitCode.NOT_IN_TIME, "after %s not yet: %s".formatted(limit, what));
            }
            pause();
            now = asked.get();
        }
        return now;
    }

    static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitCode.NOT_IN_TIME, "stopped while waiting", stopped);
        }
    }
}
