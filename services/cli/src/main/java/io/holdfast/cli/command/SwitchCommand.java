package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.ExitCode;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast run switch}: another checkpoint without leaving the run. */
@Command(
        name = "switch",
        description =
                "Tries other checkpoints in the same run: everything of it is stopped and recovered again; what was written since is thrown away.")
final class SwitchCommand extends RunCommands.Followed {
    @Option(
            names = "--point",
            paramLabel = "GROUP=POINT",
            required = true,
            description = Points.DESCRIPTION + " Groups that are not named stay at their checkpoint.")
    Map<String, String> points = new LinkedHashMap<>();

    @Option(names = "--no-wait", description = "Only orders it.")
    boolean noWait;

    @Override
    ExitCode run() {
        JsonNode ordered = site().post(path() + "/switch", Words.object().set("points", Points.of(points, lookup())));
        return noWait ? told(ordered, "switch is ordered") : watch().untilUsable(path());
    }
}
