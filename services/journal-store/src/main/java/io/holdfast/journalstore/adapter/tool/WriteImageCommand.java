package io.holdfast.journalstore.adapter.tool;

import io.holdfast.journalstore.adapter.image.ImageWriter;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code journal-tool write-image}: a volume at one point as a file. */
@Command(
        name = "write-image",
        aliases = "write-raw",
        description =
                "Writes a volume as it was at one point into a file: raw (sparse), or through qemu-img qcow2, vhdx or vmdk.",
        mixinStandardHelpOptions = true)
final class WriteImageCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIRECTORY", description = "The data directory, or one journal's folder.")
    private Path directory;

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to write; must not exist.")
    private Path file;

    @Option(names = "--pg", description = "The group; may be left out when there is only one journal.")
    private String pg;

    @Option(names = "--volume", description = "Id or name; may be left out when there is only one.")
    private String volume;

    @Option(
            names = "--at",
            description = "A checkpoint id, lsn:<number>, an instant, or latest (default: ${DEFAULT-VALUE}).",
            defaultValue = "latest")
    private String at;

    @Option(
            names = "--format",
            description = "raw, qcow2, vhdx or vmdk (default: ${DEFAULT-VALUE}).",
            defaultValue = "raw")
    private String format;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        try (ToolJournals journals = new ToolJournals(directory);
                Journal journal = journals.open(journals.find(pg));
                OpenPoint point = new JournalPoints(journal).open(Point.parse(at))) {
            VolumeSlot slot = ToolJournals.volume(point.volumes(), volume);
            long length = ImageWriter.write(
                    journal.reader(slot, point),
                    ImageFormat.parse(format),
                    file,
                    ImageWriter.QEMU_IMG,
                    ImageWriter.Watch.NONE);
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s: volume %s at LSN %s, %d bytes, as %s of %d bytes%n",
                            file, slot.volume(), point.lsn(), slot.sizeBytes(), format, length);
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
