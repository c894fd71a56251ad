package io.holdfast.e2e.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Asks for a group's RPO again and again, as a dashboard would, and remembers what it was told. */
final class RpoWatch implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final ProtectedMachine machine;
    private final List<Duration> ages = new ArrayList<>();
    private final Thread thread;
    private int unknown;
    private volatile boolean stopping;

    private RpoWatch(ProtectedMachine machine) {
        this.machine = machine;
        this.thread = Thread.ofVirtual().start(this::watch);
    }

    static RpoWatch start(ProtectedMachine machine) {
        return new RpoWatch(machine);
    }

    private void watch() {
        while (!stopping) {
            JsonNode rpo = machine.group().path("rpo");
            if (rpo.path("known").asBoolean()) {
                ages.add(Duration.parse(rpo.path("age").asText()));
            } else {
                unknown++;
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Median and worst of what was shown; only after {@link #close}. */
    String summary() {
        if (ages.isEmpty()) {
            return "never known in " + unknown + " samples";
        }
        List<Duration> sorted = ages.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%.1f s median, %.1f s worst of %d samples%s",
                sorted.get(sorted.size() / 2).toMillis() / 1000.0,
                sorted.getLast().toMillis() / 1000.0,
                sorted.size(),
                unknown == 0 ? "" : ", " + unknown + " unknown");
    }
}
