package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.site.Site;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast run approve} and {@code reject}: a person's word that a run waits for. */
final class ApprovalCommands {
    private ApprovalCommands() {}

    abstract static class Deciding extends RunCommands.OfRun {
        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "STEP",
                description = "Id of the waiting step; needed only when the run waits for more than one.")
        String step;

        @Option(
                names = {"-m", "--comment"},
                paramLabel = "TEXT",
                description = "Why; stands in the report.")
        String comment;

        abstract String decision();

        @Override
        ExitCode run() {
            String wanted = step == null ? theOne() : step;
            ObjectNode word = Words.object().put("decision", decision());
            if (comment != null) {
                word.put("comment", comment);
            }
            JsonNode run = site().post(path() + "/approvals/" + Site.encoded(wanted), word);
            return told(run, "%s: %s is told".formatted(wanted, decision()));
        }

        private String theOne() {
            List<String> waiting = site().get(path())
                    .path("approvals")
                    .valueStream()
                    .filter(approval -> approval.path("state").asText().equals("WAITING"))
                    .map(approval -> approval.path("stepId").asText())
                    .toList();
            if (waiting.size() != 1) {
                throw new CommandFailure(
                        waiting.isEmpty() ? ExitCode.NOT_FOUND : ExitCode.USAGE,
                        waiting.isEmpty()
                                ? "the run waits for no approval"
                                : "the run waits for several, name one: " + String.join(", ", waiting));
            }
            return waiting.getFirst();
        }
    }

    @Command(name = "approve", description = "Lets a run go on that waits for a person.")
    static final class Approve extends Deciding {
        @Override
        String decision() {
            return "APPROVE";
        }
    }

    @Command(name = "reject", description = "Says no to a run that waits for a person: the step fails.")
    static final class Reject extends Deciding {
        @Override
        String decision() {
            return "REJECT";
        }
    }
}
