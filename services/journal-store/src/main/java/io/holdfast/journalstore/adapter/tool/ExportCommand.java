package io.holdfast.journalstore.adapter.tool;

import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.nbd.ViewDevice;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.id.PgId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.server.NbdServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code journal-tool export}: serves one point over NBD until it is stopped. */
@Command(
        name = "export",
        description = "Serves the volumes of a group at one point over NBD, read-only, until Ctrl-C.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIRECTORY", description = "The data directory, or one journal's folder.")
    private Path directory;

    @Option(names = "--pg", description = "The group; may be left out when there is only one journal.")
    private String pg;

    @Option(
            names = "--at",
            description = "A checkpoint id, lsn:<number>, an instant, or latest (default: ${DEFAULT-VALUE}).",
            defaultValue = "latest")
    private String at;

    @Option(names = "--bind", description = "Address (default: ${DEFAULT-VALUE}).", defaultValue = "127.0.0.1")
    private String bind;

    @Option(
            names = "--port",
            description = "TCP port; 0 = any free one (default: ${DEFAULT-VALUE}).",
            defaultValue = "10809")
    private int port;

    @Spec
    private CommandSpec spec;

    private final CountDownLatch stop = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (ToolJournals journals = new ToolJournals(directory);
                Journal journal = journals.open(journals.find(pg));
                OpenPoint point = new JournalPoints(journal).open(Point.parse(at))) {
            PgId group = journal.snapshot().manifest().pg();
            Map<String, BlockDevice> exports = new LinkedHashMap<>();
            point.volumes()
                    .forEach(slot -> exports.put(
                            JournalExports.nameOf(group, slot.volume(), at),
                            new ViewDevice(journal.reader(slot, point))));
            try (NbdServer server = new NbdServer(new Fixed(exports))) {
                InetSocketAddress bound = server.listenTcp(bind, port);
                PrintWriter out = spec.commandLine().getOut();
                exports.forEach((name, device) ->
                        out.printf("nbd://%s:%d/%s  %d bytes%n", bind, bound.getPort(), name, device.size()));
                out.printf("serving LSN %s until Ctrl-C%n", point.lsn());
                out.flush();
                Thread main = Thread.currentThread();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    stop.countDown();
                    joinBriefly(main);
                }));
                stop.await();
            }
        }
        return 0;
    }

    /** The database is closed in order before the process ends. */
    private static void joinBriefly(Thread main) {
        try {
            main.join(5000);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private record Fixed(Map<String, BlockDevice> exports) implements ExportCatalog {
        @Override
        public Lease open(String name) throws ExportRefusedException {
            BlockDevice device = name.isEmpty() && exports.size() == 1
                    ? exports.values().iterator().next()
                    : exports.get(name);
            if (device == null) {
                throw ExportRefusedException.unknown(name);
            }
            return ExportCatalog.leaseOf(device, "read-only");
        }

        @Override
        public List<Entry> list() {
            return exports.keySet().stream()
                    .map(name -> new Entry(name, "read-only"))
                    .toList();
        }
    }
}
