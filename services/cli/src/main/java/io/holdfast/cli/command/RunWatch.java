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
    private static final Set<String> OVER = Set.of("SUCCEEDED", "FAILED", "CANCELLED", "ROLLED_BACK", "RELEASED");

    private final SiteCommand command;
    private final Duration limit;
    private final Map<String, String> told = new HashMap<>();

    RunWatch(SiteCommand command, Duration limit) {
        this.command = command;
        this.limit = limit;
    }

    /** Until what was recovered can be used, the run needs a decision, or it is over. */
    ExitCode untilUsable(String path) {
        JsonNode run = follow(path, now -> isOver(now) || isHalted(now) || isState(now, "READY"));
        return ending(run);
    }

    ExitCode untilOver(String path) {
        return ending(follow(path, now -> isOver(now) || isHalted(now)));
    }

    /** A person has to decide: retry or roll back. */
    private static boolean isHalted(JsonNode run) {
        return isState(run, "HALTED");
    }

    private static boolean isState(JsonNode run, String state) {
        return state.equals(run.path("state").asText());
    }

    private static boolean isOver(JsonNode run) {
        return run.hasNonNull("endedAt") || OVER.contains(run.path("state").asText());
    }

    private static ExitCode ending(JsonNode run) {
        return run.path("error").isObject() || isState(run, "FAILED") || isHalted(run)
                ? ExitCode.FAILED
                : ExitCode.DONE;
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
