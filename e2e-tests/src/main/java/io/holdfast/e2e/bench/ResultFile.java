package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/** The rows for machines, with every detail. */
final class ResultFile {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ResultFile() {}

    /** @param busyBefore cores that something else used just before the run; a result with more than a little is not worth quoting */
    static void write(
            Path file,
            BenchOptions options,
            Machine machine,
            Instant started,
            Duration took,
            double busyBefore,
            List<Row> rows) {
        ObjectNode root = JSON.createObjectNode();
        root.put("mode", options.name());
        root.put("startedAt", started.toString());
        root.put("tookSeconds", took.toSeconds());
        root.put("busyCoresBefore", busyBefore);
        root.putObject("machine")
                .put("cores", machine.cores())
                .put("memoryMebibytes", machine.memoryMebibytes())
                .put("javaVersion", machine.javaVersion());
        ArrayNode list = root.putArray("rows");
        rows.forEach(row -> list.add(json(row)));
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, JSON.writeValueAsString(root));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static ObjectNode json(Row row) {
        ObjectNode node = JSON.createObjectNode();
        node.put("what", row.what()).put("verdict", row.verdict().name());
        row.failure().ifPresent(why -> node.put("failure", why));
        if (row.failure().isEmpty()) {
            node.put("unit", row.unit()).put("value", row.value());
            row.peer().ifPresent(peer -> node.put("peer", peer));
            row.ratio().ifPresent(ratio -> node.put("ratio", ratio));
            node.put("budget", row.budget().text(row.unit()));
        }
        ObjectNode details = node.putObject("details");
        new TreeMap<>(row.details()).forEach(details::put);
        return node;
    }
}
