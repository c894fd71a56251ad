package io.holdfast.e2e.bench;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The journal-store without agent, router and Kafka: {@link IngestMain} and {@link CurvesMain}, each in a JVM of its own, on the class path and with the memory of the
 * packaged service.
 */
final class JournalAlone {
    private static final long LIMIT_SECONDS = 180;

    private final Path repository;
    private final Path directory;

    private JournalAlone(Path repository, Path directory) {
        this.repository = repository;
        this.directory = directory;
    }

    static List<Row> measure(Path repository, Path directory, BenchOptions options) {
        JournalAlone alone = new JournalAlone(repository, directory);
        List<Row> rows = new ArrayList<>();
        rows.add(alone.ingest(options, 4096, Budget.atLeast(300)));
        rows.add(alone.ingest(options, 64 << 10, Budget.NONE));
        rows.addAll(alone.curves(options));
        return rows;
    }

    private Row ingest(BenchOptions options, int changeBytes, Budget budget) {
        double[] numbers = run(
                IngestMain.class,
                IngestMain.RESULT,
                directory.resolve("ingest-" + changeBytes).toString(),
                Integer.toString(options.ingestMebibytes()),
                Integer.toString(changeBytes));
        return Row.of(
                        "journal-store alone, %d KiB random changes, until all is on disk".formatted(changeBytes >> 10),
                        "MB/s",
                        numbers[0],
                        budget)
                .with("MB/s until all is applied", numbers[1]);
    }

    private List<Row> curves(BenchOptions options) {
        String output = runMain(
                CurvesMain.class, directory.resolve("curves").toString(), Long.toString(options.longestHistory()));
        NavigableMap<Long, double[]> opens = curve(output, CurvesMain.CHECKPOINTS);
        NavigableMap<Long, double[]> disks = curve(output, CurvesMain.DISK_GIBIBYTES);
        NavigableMap<Long, double[]> changes = curve(output, CurvesMain.CHANGES);
        String few = "%,d".formatted(changes.firstKey());
        String many = "%,d".formatted(changes.lastKey());
        return List.of(
                grown(
                        "opening one of 100,000 checkpoints, against one of 10, p50",
                        "ms",
                        opens,
                        0,
                        Budget.ratioAtMost(2)),
                grown(
                        "opening a point of a sparse disk of 1 TiB, against 1 GiB, p50",
                        "ms",
                        disks,
                        0,
                        Budget.ratioAtMost(2)),
                grown(
                        "reading a block as of any LSN of %s changes, against %s, p50".formatted(many, few),
                        "ms",
                        changes,
                        1,
                        Budget.NONE),
                grown(
                        "applying 4 KiB changes to a history of %s changes, against %s".formatted(many, few),
                        "MB/s",
                        changes,
                        0,
                        Budget.NONE));
    }

    /** The last place of a curve against its first one; all of them are in the details. */
    private static Row grown(String what, String unit, NavigableMap<Long, double[]> curve, int number, Budget budget) {
        double first = curve.firstEntry().getValue()[number];
        double last = curve.lastEntry().getValue()[number];
        Row row = Row.compared("journal-store alone, " + what, unit, last, first, last / first, budget);
        for (Map.Entry<Long, double[]> place : curve.entrySet()) {
            row = row.with("%s at %,d".formatted(unit, place.getKey()), place.getValue()[number]);
        }
        return row;
    }

    private static NavigableMap<Long, double[]> curve(String output, String name) {
        NavigableMap<Long, double[]> places = new TreeMap<>();
        String begin = CurvesMain.RESULT + name + " ";
        output.lines().filter(line -> line.startsWith(begin)).forEach(line -> {
            String[] words = line.substring(begin.length()).strip().split(" ");
            places.put(
                    Long.parseLong(words[0]),
                    Arrays.stream(words)
                            .skip(1)
                            .mapToDouble(Double::parseDouble)
                            .toArray());
        });
        if (places.size() < 2) {
            throw new IllegalStateException("no curve '%s' in: %s".formatted(name, output.strip()));
        }
        return places;
    }

    private double[] run(Class<?> main, String result, String... arguments) {
        return parse(runMain(main, arguments), result);
    }

    private String runMain(Class<?> main, String... arguments) {
        Path service = repository.resolve("services/journal-store/target/quarkus-app");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                // The pool of ready batches lies in the heap; the service itself gets by with half of this.
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                "%s:%s/app/*:%s/lib/main/*:%s/lib/boot/*".formatted(ownCode(), service, service, service),
                main.getName()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** Where this class was loaded from: a child has to run the same build of it. */
    private static Path ownCode() {
        try {
            return Path.of(IngestMain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException notAFile) {
            throw new IllegalStateException("this program does not lie in a file", notAFile);
        }
    }

    private static String run(List<String> command) {
        try {
            Process child = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try {
                String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (!child.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || child.exitValue() != 0) {
                    throw new IllegalStateException("the journal-store's part failed: " + output.strip());
                }
                return output;
            } finally {
                child.destroyForcibly();
            }
        } catch (IOException failed) {
            throw new IllegalStateException("the journal-store's part cannot be run", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the journal-store was measured", interrupted);
        }
    }

    private static double[] parse(String output, String result) {
        String line = output.lines()
                .filter(each -> each.startsWith(result))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no result in: " + output.strip()));
        String[] words = line.substring(result.length()).strip().split(" ");
        return new double[] {Double.parseDouble(words[0]), Double.parseDouble(words[1])};
    }

    /** The line that a child prints and {@link #parse} reads. */
    static String line(String result, double first, double second) {
        return String.format(Locale.ROOT, "%s%.6f %.6f", result, first, second);
    }
}
