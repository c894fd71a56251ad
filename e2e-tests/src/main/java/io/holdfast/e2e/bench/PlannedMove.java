package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.story.Journey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A planned move of three emulated guests in two ordered groups: how long nobody answers. */
final class PlannedMove implements Benchmark {
    @Override
    public String title() {
        return "planned move";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        Path folder = site.work().resolve("move");
        try (Journey journey = new Journey(
                new Journey.SiteB(site.parts(), site.client(), site.distribution(), site.work()),
                Files.createDirectories(folder),
                "move")) {
            journey.protect();
            JsonNode ready = journey.comeToB("PLANNED");
            Duration blackout = Duration.parse(ready.path("blackout").asText());
            journey.stayAtB();
            return List.of(Row.of(
                    "planned move of 3 VMs, blackout: first shut down -> all answer, emulated",
                    "s",
                    blackout.toMillis() / 1000.0,
                    Budget.NONE));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while guests were prepared", interrupted);
        }
    }
}
