package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Follows a run: each change of a step is a line on standard error, the run itself is the result. */
final class RunWatch {
    private static final Set<String> OVER = Set.of("SUCCEEDED", "FAILED", "CANCELLED", "COMMITTED", "ROLLED_BACK");

    private final SiteCommand command;
    private final Duration limit;
    private final Map<String, String> told = new HashMap<>();

    RunWatch(SiteCommand command, Duration limit) {
        this.command = command;
        this.limit = limit;
    }

    /** Until what was recovered can be used, or the run is over. FAILED when it is over without recovery. */
    ExitCode untilUsable(String path) {
        JsonNode run = follow(path, now -> isOver(now) || stands(now));
        return isOver(run) ? ending(run) : run.path("recovered").asBoolean() ? ExitCode.DONE : ExitCode.FAILED;
    }

    ExitCode untilOver(String path) {
        return ending(follow(path, RunWatch::isOver));
    }

    /** READY, or any other state in which a person has to decide. */
    private static boolean stands(JsonNode run) {
        return Set.of("READY", "STOPPED", "STANDING").contains(run.path("state").asText());
    }

    private static boolean isOver(JsonNode run) {
        return run.hasNonNull("endedAt") || OVER.contains(run.path("state").asText());
    }

    private static ExitCode ending(JsonNode run) {
        return "FAILED".equals(run.path("state").asText()) ? ExitCode.FAILED : ExitCode.DONE;
    }

    private JsonNode follow(String path, Predicate<JsonNode> enough) {
        JsonNode run = new Waiting(limit)
                .until(
                        "the run is over",
                        () -> {
                            JsonNode now = command.site().get(path);
                            tell(now);
                            return now;
                        },
                        enough);
        command.show(run, now -> new RunView(command.out()).summary(now));
        return run;
    }

    private void tell(JsonNode run) {
        run.path("steps").forEach(step -> {
            String state = step.path("state").asText();
            String before = told.put(step.path("id").asText(), state);
            boolean news =
                    !state.equals(before) && !Set.of("PENDING", "WAITING").contains(state);
            // A clean-up that was not needed is no news.
            if (news && !(before == null && state.equals("SKIPPED"))) {
                command.aside()
                        .printf(
                                "%-10s %-14s %s%n",
                                state,
                                Shown.text(step.path("group")),
                                Shown.text(step.path("kind"))
                                        + (step.hasNonNull("detail")
                                                ? ": " + step.path("detail").asText()
                                                : ""));
            }
        });
        command.aside().flush();
    }
}
