package io.holdfast.journalstore.adapter.tool;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalCheck;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.kernel.error.HoldfastException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code journal-tool verify}: is everything as it was written. */
@Command(
        name = "verify",
        description = {
            "Reads everything: every checksum, the hash chain with the digest of every checkpoint, the index, and the replica",
            "images with their checksums. Names the first bad LSN and block."
        },
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIRECTORY", description = "The data directory, or one journal's folder.")
    private Path directory;

    @Option(names = "--pg", description = "Only this group's journal.")
    private String pg;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        boolean sound = true;
        try (ToolJournals journals = new ToolJournals(directory)) {
            for (JournalFiles files : pg == null ? journals.all() : List.of(journals.find(pg))) {
                sound &= verify(journals, files, out);
                out.flush();
            }
        }
        return sound ? 0 : JournalTool.DAMAGED;
    }

    private static boolean verify(ToolJournals journals, JournalFiles files, PrintWriter out) {
        String name = files.directory().getFileName().toString();
        try (Journal journal = journals.open(files)) {
            JournalCheck.Report report = new JournalCheck(journal).tables().toTheEnd();
            out.printf(
                    "JOURNAL %s: %d changes, %d bytes, %d index entries, %d checkpoints, %d bytes of images read%n",
                    name,
                    report.changes(),
                    report.changeBytes(),
                    report.indexEntries(),
                    report.checkpoints(),
                    report.imageBytes());
            if (report.findings().isEmpty()) {
                out.printf("JOURNAL %s: sound%n", name);
                return true;
            }
            out.printf(
                    "JOURNAL %s: DAMAGED, first at %s%n",
                    name, report.findings().getFirst());
            report.findings().stream().skip(1).forEach(finding -> out.printf("  %s%n", finding));
            return false;
        } catch (HoldfastException unusable) {
            out.printf("JOURNAL %s: cannot be opened: %s%n", name, unusable);
            return false;
        }
    }
}
