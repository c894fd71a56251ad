package io.holdfast.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * {@code make bench}: one run, one table (docs/performance.md). Ends with 0 when every row was measured, with 1 when one was not; a
 * missed budget is a result and no failure.
 *
 * <p>Everything is kept in {@code .local-site/bench} of the repository until the next run; the results are in {@code e2e-tests/target/bench}.
 */
public final class Bench {
    private final Path repository;
    private final Path directory;
    private final BenchOptions options;
    private final String only;
    private final Instant started = Instant.now();
    private final List<Row> rows = new ArrayList<>();

    /** @param only a part of the titles of the measurements that are wanted; empty = all */
    private Bench(Path repository, BenchOptions options, String only) {
        this.only = only;
        this.repository = repository;
        this.directory = repository.resolve(".local-site").resolve("bench");
        this.options = options;
    }

    public static void main(String[] arguments) {
        Path repository = null;
        BenchOptions options = BenchOptions.FULL;
        String only = "";
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick" -> options = BenchOptions.QUICK;
                case "--only" -> only = ++i < arguments.length ? arguments[i] : "";
                case "--repository" -> repository = ++i < arguments.length ? Path.of(arguments[i]) : null;
                default ->
                    refuse("unknown option '" + arguments[i] + "'; there are --quick and --only <part of a title>");
            }
        }
        if (repository == null) {
            refuse("call it as e2e-tests/bench or make bench");
        }
        System.exit(new Bench(repository.toAbsolutePath().normalize(), options, only).run() ? 0 : 1);
    }

    private static void refuse(String why) {
        System.err.println("bench: " + why);
        System.exit(2);
    }

    /** @return whether every row was measured */
    private boolean run() {
        Machine machine = Machine.here();
        System.out.printf("Holdfast bench (%s) on %s%n", options.name(), machine);
        double busyBefore = Machine.busyCores(Duration.ofSeconds(2));
        if (busyBefore > 0.2) {
            System.out.printf(
                    Locale.ROOT,
                    "bench: something else uses %.1f of %d cores: values are too low and pairs are uneven%n",
                    busyBefore,
                    machine.cores());
        }
        deleteAll(directory);
        // First, while nothing else runs: these have the machine to themselves.
        alone("journal-store alone", () -> JournalAlone.measure(repository, directory, options));
        if (options.codecs()) {
            alone("codecs", CodecTimes::measure);
        }
        onASite();
        Duration took = Duration.between(started, Instant.now());
        Path results = repository.resolve("e2e-tests/target/bench");
        // A part of a run must not pass for a whole one.
        Path file = results.resolve(options.name() + (only.isEmpty() ? ".json" : "-part.json"));
        ResultFile.write(file, options, machine, started, took, busyBefore, rows);
        System.out.printf("%n%s%n", ResultTable.of(rows));
        rows.forEach(
                row -> row.failure().ifPresent(why -> System.out.println("not measured: " + row.what() + ": " + why)));
        System.out.printf(
                "%s; took %d min %02d s; details in %s%n",
                machine, took.toMinutes(), took.toSecondsPart(), repository.relativize(file));
        return rows.stream().noneMatch(row -> row.verdict() == Verdict.NOT_MEASURED);
    }

    private void alone(String title, Supplier<List<Row>> work) {
        if (!title.contains(only)) {
            return;
        }
        step(title);
        record(title, work);
    }

    private void onASite() {
        step("a whole site starts: Kafka, PostgreSQL, five services, one agent");
        try (BenchSite site = BenchSite.start(repository.resolve("services"), directory, options, this::detail)) {
            for (Benchmark benchmark : benchmarks()) {
                // Nothing else works on groups that are not protected.
                boolean needed =
                        benchmark instanceof InitialSync || benchmark.title().contains(only);
                if (!needed) {
                    continue;
                }
                step(benchmark.title());
                record(benchmark.title(), () -> benchmark.measure(site));
            }
        } catch (RuntimeException | AssertionError failed) {
            add(Row.failed("the site", failed.getMessage()));
        }
    }

    /**
     * In an order that keeps them apart: what must run with nothing protected first, what fills the ring and causes a resync last, memory
     * after all load.
     */
    private static List<Benchmark> benchmarks() {
        return List.of(
                WriteThroughput.captureOnly(),
                new InitialSync(),
                new SustainedWrites(),
                new CheckpointAge(),
                new WriteLatency(),
                new PointInTimeOpen(),
                new ImageRead(),
                new TestFailover(),
                new GuestsRecovered(),
                new FailbackBytes(),
                new PlannedMove(),
                WriteThroughput.replicating(),
                new ResidentMemory());
    }

    private void record(String title, Supplier<List<Row>> work) {
        try {
            work.get().forEach(this::add);
        } catch (RuntimeException | AssertionError failed) {
            add(Row.failed(title, failed.getMessage()));
        }
    }

    private void add(Row row) {
        rows.add(row);
        if (row.failure().isPresent()) {
            detail("NOT MEASURED: " + row.failure().get());
            return;
        }
        detail("%s: %s %s%s"
                .formatted(
                        row.what(),
                        Row.number(row.value()),
                        row.unit(),
                        row.ratio().isPresent()
                                ? ", ratio " + Row.number(row.ratio().getAsDouble())
                                : ""));
    }

    private void step(String what) {
        Duration since = Duration.between(started, Instant.now());
        System.out.printf("[%d:%02d] %s%n", since.toMinutes(), since.toSecondsPart(), what);
    }

    private void detail(String what) {
        System.out.println("       " + what);
    }

    private static void deleteAll(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
