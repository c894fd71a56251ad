package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands of {@code holdfast run} that keep what a run has shown. */
final class ReportCommands {
    private ReportCommands() {}

    @Command(
            name = "report",
            description =
                    "Who, when, which checkpoint, each step with its time, measured RPO and RTO; with --output html as a page to keep or print.")
    static final class Report extends RunCommands.OfRun {
        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = "Where to, with --output json or html; must not exist. Default: standard output.")
        Path file;

        @Override
        boolean hasPage() {
            return true;
        }

        @Override
        ExitCode run() {
            if (format == Format.table && file != null) {
                throw new CommandFailure(ExitCode.USAGE, "--file needs --output json or --output html");
            }
            if (file != null) {
                // Of JSON the very bytes whose digest stands on the page.
                NewFile.write(file, this::fetch);
                aside().println(file + " is written");
            } else if (format == Format.html) {
                fetch(System.out);
                System.out.flush();
            } else {
                return shown();
            }
            return ExitCode.DONE;
        }

        private long fetch(OutputStream out) {
            return format == Format.html
                    ? site().download(path() + "/report.html", "text/html", out)
                    : site().download(path() + "/report", "application/json", out);
        }

        private ExitCode shown() {
            JsonNode report = site().get(path() + "/report");
            if (!report.isObject()) {
                throw new CommandFailure(ExitCode.NOT_FOUND, "the run has no report");
            }
            return show(report, found -> new ReportView(out()).print(found));
        }
    }

    @Command(name = "screen", description = "Fetches the last picture of a machine's display, as PNG.")
    static final class Screen extends RunCommands.OfRun {
        @Parameters(index = "1", paramLabel = "MACHINE", description = "Its name, or the id of it or of its VM.")
        String machine;

        @Option(names = "--to", paramLabel = "FILE", required = true, description = "Where to; must not exist.")
        Path to;

        @Override
        ExitCode run() {
            JsonNode report = site().get(path() + "/report");
            List<JsonNode> found = report.path("groups")
                    .valueStream()
                    .flatMap(group -> group.path("members").valueStream())
                    .flatMap(member -> member.path("machines").valueStream())
                    .filter(one -> Stream.of("name", "vmId", "machineId")
                            .anyMatch(key -> one.path(key).asText().equals(machine)))
                    .toList();
            if (found.size() > 1) {
                throw new CommandFailure(
                        ExitCode.USAGE, "%d machines are called '%s'; say its id".formatted(found.size(), machine));
            }
            String href = found.stream()
                    .flatMap(one ->
                            Optional.ofNullable(one.path("screen").path("href").textValue()).stream())
                    .findFirst()
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.NOT_FOUND, "the run has no picture of a machine '%s'".formatted(machine)));
            long bytes = NewFile.write(to, out -> site().download(href, "image/png", out));
            return told(Words.object().put("file", to.toString()).put("bytes", bytes), to + " is written");
        }
    }
}
