package io.holdfast.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that prints for people or for scripts. */
abstract class PrintingCommand implements Callable<Integer> {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    enum Format {
        table,
        json,
        html
    }

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description =
                    "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}. json is what the site answered; html is a page, of 'run report' only.",
            defaultValue = "table")
    Format format;

    /** Before anything is done: where the command talks to. */
    abstract void connect();

    abstract ExitCode run();

    @Override
    public final Integer call() {
        if (format == Format.html && !hasPage()) {
            throw new CommandFailure(ExitCode.USAGE, "only 'run report' has --output html");
        }
        connect();
        ExitCode code = run();
        out().flush();
        return code.number();
    }

    /** Whether its result can be a page. */
    boolean hasPage() {
        return false;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** For progress and for what is no result. */
    PrintWriter aside() {
        return spec.commandLine().getErr();
    }

    boolean json() {
        return format == Format.json;
    }

    /** A result: as the site said it, or as {@code forPeople} puts it. */
    ExitCode show(JsonNode result, Consumer<JsonNode> forPeople) {
        if (json()) {
            print(result);
        } else {
            forPeople.accept(result);
        }
        return ExitCode.DONE;
    }

    ExitCode show(List<JsonNode> results, Table table, Consumer<JsonNode> row) {
        if (json()) {
            ArrayNode all = JSON.createArrayNode();
            results.forEach(all::add);
            print(all);
        } else {
            results.forEach(row);
            table.print(out());
        }
        return ExitCode.DONE;
    }

    /** The result of an order: what it is now, in one line. */
    ExitCode told(JsonNode result, String sentence) {
        return show(result, _ -> out().println(sentence));
    }

    private void print(JsonNode result) {
        try {
            out().println(result.isMissingNode() ? "{}" : JSON.writeValueAsString(result));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what was read as JSON can be written as JSON", impossible);
        }
    }
}
