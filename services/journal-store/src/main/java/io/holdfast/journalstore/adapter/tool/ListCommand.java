package io.holdfast.journalstore.adapter.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.HoldfastException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code journal-tool list}: what can be recovered. */
@Command(
        name = "list",
        description = "Lists journals, their volumes and checkpoints, newest checkpoint first.",
        mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    /** Output form. */
    enum Output {
        TABLE,
        JSON
    }

    record VolumeRow(String id, String vm, String name, long sizeBytes) {}

    record CheckpointRow(String id, String kind, String name, long lsn, String cutAt, boolean held) {}

    record JournalRow(
            String pgId,
            String name,
            String error,
            long headLsn,
            long tailLsn,
            long checkpointCount,
            List<VolumeRow> volumes,
            List<CheckpointRow> checkpoints) {}

    @Parameters(paramLabel = "DIRECTORY", description = "The data directory, or one journal's folder.")
    private Path directory;

    @Option(names = "--output", description = "table or json (default: ${DEFAULT-VALUE}).", defaultValue = "TABLE")
    private Output output;

    @Option(
            names = "--limit",
            description = "Checkpoints per journal (default: ${DEFAULT-VALUE}).",
            defaultValue = "20")
    private int limit;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        List<JournalRow> rows = new ArrayList<>();
        try (ToolJournals journals = new ToolJournals(directory)) {
            for (JournalFiles files : journals.all()) {
                rows.add(row(journals, files));
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        switch (output) {
            case TABLE -> rows.forEach(row -> print(row, out));
            case JSON -> {
                ObjectMapper json = JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build();
                out.println(json.writeValueAsString(rows));
            }
        }
        out.flush();
        return rows.stream().allMatch(row -> row.error() == null) ? 0 : JournalTool.UNUSABLE;
    }

    private JournalRow row(ToolJournals journals, JournalFiles files) {
        try (Journal journal = journals.open(files)) {
            JournalSnapshot now = journal.snapshot();
            List<CheckpointRow> checkpoints = new JournalPoints(journal)
                    .list(Long.MAX_VALUE, Math.max(0, limit), _ -> true).stream()
                            .map(ListCommand::row)
                            .toList();
            return new JournalRow(
                    now.manifest().pg().toString(),
                    now.manifest().name(),
                    null,
                    now.numbers().headLsn,
                    journal.tail().value(),
                    journal.checkpointCount(),
                    now.manifest().volumes().stream().map(ListCommand::row).toList(),
                    checkpoints);
        } catch (HoldfastException unusable) {
            return new JournalRow(
                    files.directory().getFileName().toString(),
                    null,
                    unusable.toString(),
                    0,
                    0,
                    0,
                    List.of(),
                    List.of());
        }
    }

    private static VolumeRow row(VolumeSlot slot) {
        return new VolumeRow(slot.volume().toString(), slot.vmName(), slot.name(), slot.sizeBytes());
    }

    private static CheckpointRow row(Checkpoint checkpoint) {
        return new CheckpointRow(
                checkpoint.id().toString(),
                checkpoint.kind().name(),
                checkpoint.name(),
                checkpoint.lsn().value(),
                Instant.EPOCH.plus(checkpoint.cutAtMicros(), ChronoUnit.MICROS).toString(),
                checkpoint.held());
    }

    private static void print(JournalRow row, PrintWriter out) {
        if (row.error() != null) {
            out.printf("JOURNAL %s cannot be used: %s%n%n", row.pgId(), row.error());
            return;
        }
        out.printf(
                "JOURNAL %s  %s  LSN %d to %d  %d checkpoints%n",
                row.pgId(), row.name(), row.tailLsn(), row.headLsn(), row.checkpointCount());
        row.volumes()
                .forEach(volume -> out.printf(
                        "  VOLUME %s  %s/%s  %d bytes%n", volume.id(), volume.vm(), volume.name(), volume.sizeBytes()));
        out.printf("  %-36s  %-5s  %12s  %-27s  %s%n", "CHECKPOINT", "KIND", "LSN", "CUT AT", "NAME");
        row.checkpoints()
                .forEach(one -> out.printf(
                        "  %-36s  %-5s  %12d  %-27s  %s%s%n",
                        one.id(), one.kind(), one.lsn(), one.cutAt(), one.held() ? "HELD " : "", one.name()));
        out.println();
    }
}
