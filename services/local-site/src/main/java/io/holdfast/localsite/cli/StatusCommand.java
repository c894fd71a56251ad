package io.holdfast.localsite.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what runs. */
@Command(name = "status", description = "Shows the parts of the running site.", mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DirectoryOption directory;

    @Option(names = "--json", description = "Print the site's own answer.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        String status = RunningSite.get(directory.site()).status();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.print(status);
        } else {
            table(new ObjectMapper().readTree(status), out);
        }
        out.flush();
        return 0;
    }

    private static void table(JsonNode state, PrintWriter out) {
        out.println("%s  %s  site %s"
                .formatted(
                        state.path("address").asText(),
                        state.path("phase").asText(),
                        state.path("siteId").asText()));
        out.println("%-20s %-10s %-8s %-8s %s".formatted("PART", "STATE", "HEALTHY", "PID", "PORTS"));
        for (JsonNode part : state.path("parts")) {
            long pid = part.path("pid").asLong();
            out.println("%-20s %-10s %-8s %-8s %s %s"
                    .formatted(
                            part.path("name").asText(),
                            part.path("state").asText(),
                            part.path("healthy").asBoolean() ? "yes" : "no",
                            pid == 0 ? "-" : Long.toString(pid),
                            part.path("ports")
                                    .toString()
                                    .replaceAll("[{}\"]", "")
                                    .replace(",", " "),
                            part.path("reason").asText()));
        }
    }
}
