package io.holdfast.e2e.bench;

import java.util.List;

/** One measurement on a running site. */
interface Benchmark {
    /** What is being measured, for the progress line. */
    String title();

    /** @throws RuntimeException or AssertionError when it cannot be measured; the rows of other benchmarks do not suffer */
    List<Row> measure(BenchSite site);
}
