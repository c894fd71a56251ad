package io.holdfast.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.testkit.Eventually;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Plays a run to its end as an operator does, looks at it as fast as it answers, and does something when a step begins. */
final class WatchedRun {
    private static final Duration LIMIT = Duration.ofMinutes(8);
    /** Shorter than most steps take. */
    private static final Duration PAUSE = Duration.ofMillis(5);

    private static final int MOST_RETRIES = 12;

    private final SiteClient site;
    private final RunStory story;
    private final String path;
    private final Instant deadline = Instant.now().plus(LIMIT);
    private boolean turned;
    private int retries;

    private WatchedRun(SiteClient site, RunStory story, String path) {
        this.site = site;
        this.story = story;
        this.path = path;
    }

    /** Its groups are protected; that they are may still be on its way to the service that takes the order. */
    static WatchedRun order(SiteClient site, String plan, RunStory story) {
        String[] path = new String[1];
        Eventually.await("a run is ordered", LIMIT, () -> {
            path[0] = RecordsVm.order(site, plan, story.mode());
            return true;
        });
        return new WatchedRun(site, story, path[0]);
    }

    /**
     * How the run has ended.
     *
     * @param met kinds of steps at whose beginning something was done
     * @param retries how often a person had to have a failed step tried again
     */
    record End(String state, Set<String> met, int retries, JsonNode run) {}

    /**
     * Plays it. Kinds that begin while something is being done are not met: that it was done at their beginning could not be said.
     *
     * @param wanted kinds of steps at whose beginning something is to be done, once each
     * @param whenBegun does it
     * @param whenRecovered is called with the run before it is ended
     * @throws AssertionError when the run does not come to an end of its story
     */
    End play(Set<String> wanted, Consumer<String> whenBegun, Consumer<JsonNode> whenRecovered) {
        Set<String> met = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        while (true) {
            JsonNode run = look();
            Optional<String> first = begun(run).stream()
                    .filter(kind -> wanted.contains(kind) && !seen.contains(kind))
                    .findFirst();
            if (first.isPresent()) {
                whenBegun.accept(first.get());
                met.add(first.get());
                seen.addAll(begun(look()));
            } else if (run.path("state").asText().equals(story.end()) || isUndone(run)) {
                return new End(run.path("state").asText(), met, retries, run);
            } else {
                goOn(run, whenRecovered);
            }
        }
    }

    private boolean isUndone(JsonNode run) {
        return run.path("state").asText().equals("FAILED") && !story.halts();
    }

    private void goOn(JsonNode run, Consumer<JsonNode> whenRecovered) {
        String state = run.path("state").asText();
        if (Instant.now().isAfter(deadline)) {
            throw lost("not within " + LIMIT, run);
        }
        if (state.equals("HALTED") && story.halts() && retries < MOST_RETRIES) {
            retries++;
            command("retry");
        } else if (state.equals(story.turn()) && !turned) {
            whenRecovered.accept(run);
            turned = command(story.command());
        } else if (state.matches("FAILED|HALTED|CANCELLED")) {
            throw lost("not any more", run);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    private AssertionError lost(String why, JsonNode run) {
        return new AssertionError("%s: %s %s, after %d retries: %s".formatted(story, story.end(), why, retries, run));
    }

    /** Names of the kinds of steps that were ever begun, in the order of the run. */
    static Set<String> begun(JsonNode run) {
        Set<String> kinds = new LinkedHashSet<>();
        run.path("steps").forEach(step -> {
            if (step.path("startedAt").isTextual()) {
                kinds.add(step.path("kind").asText());
            }
        });
        return kinds;
    }

    private JsonNode look() {
        return site.await("the run is shown", LIMIT, path, _ -> true);
    }

    private boolean command(String name) {
        try {
            site.post(path + "/" + name);
            return true;
        } catch (SiteClient.UnreachableException | SiteClient.RefusedException lost) {
            // It may have been taken: the run's state says what is to be done next.
            System.out.println(name + ": " + lost.getMessage());
            return false;
        }
    }

    /** After a failure: whatever ends it from where it is. */
    void abandon() {
        for (String way : List.of("cancel", "finish", "rollback", "release")) {
            command(way);
        }
    }

    JsonNode report() {
        return site.get(path + "/report");
    }
}
