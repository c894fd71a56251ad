package io.holdfast.e2e.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Single pieces of the path that every byte takes, timed with JMH on one core. No budget: they explain the rows above. */
final class CodecTimes {
    private CodecTimes() {}

    static List<Row> measure() {
        List<Row> rows = new ArrayList<>();
        run(CodecBenchmarks.class).forEach(result -> rows.add(row(result)));
        run(SealBenchmarks.class).forEach(result -> rows.add(sealing(result)));
        return rows;
    }

    private static List<RunResult> run(Class<?> benchmarks) {
        try {
            Collection<RunResult> results = new Runner(new OptionsBuilder()
                            .include(benchmarks.getSimpleName())
                            .forks(1)
                            .warmupIterations(2)
                            .warmupTime(TimeValue.seconds(1))
                            .measurementIterations(3)
                            .measurementTime(TimeValue.seconds(1))
                            .timeUnit(TimeUnit.SECONDS)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .run();
            if (results.isEmpty()) {
                throw new IllegalStateException("JMH found nothing to measure: its list of benchmarks was not built");
            }
            return results.stream()
                    .sorted(Comparator.comparing(result -> result.getParams().getBenchmark()))
                    .toList();
        } catch (RunnerException failed) {
            throw new IllegalStateException("JMH failed", failed);
        }
    }

    private static Row sealing(RunResult result) {
        double megabytesPerSecond = result.getPrimaryResult().getScore() * SealBenchmarks.PAYLOAD_BYTES / 1e6;
        return Row.of(
                        "agent, one core: time for 100 MB of 4 KiB changes, %s, half of it random"
                                .formatted(result.getParams().getParam("packing")),
                        "s",
                        100 / megabytesPerSecond,
                        Budget.NONE)
                .with("MB/s", megabytesPerSecond);
    }

    private static Row row(RunResult result) {
        String name = result.getParams().getBenchmark();
        return Row.of(
                        "one core: Batches.%s of 1 MiB, 4 KiB random changes"
                                .formatted(name.substring(name.lastIndexOf('.') + 1)),
                        "MB/s",
                        result.getPrimaryResult().getScore() * CodecBenchmarks.PAYLOAD_BYTES / 1e6,
                        Budget.NONE)
                .with("error MB/s", result.getPrimaryResult().getScoreError() * CodecBenchmarks.PAYLOAD_BYTES / 1e6);
    }
}
