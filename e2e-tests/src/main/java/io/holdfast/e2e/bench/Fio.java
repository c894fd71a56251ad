package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.e2e.tools.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** fio's {@code nbd} engine as the guest: another implementation of the protocol, in another process, with its own clock. */
final class Fio {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Not measured: connections, page tables and the first marks of the write-intent map are behind us after it. */
    private static final Duration RAMP = Duration.ofSeconds(1);

    private final Path folder;

    /** @param folder for fio's result files */
    Fio(Path folder) {
        this.folder = folder;
    }

    /**
     * Random writes.
     *
     * @param depth requests in flight
     * @param writesPerSecond 0 = as fast as it goes
     * @param freshData every write gets new random bytes. fio otherwise reuses {@code depth} buffers, and a batch of changes would then
     *     compress many times over; needed wherever the bytes leave the machine's memory, and left out where they do not, because
     *     making them costs the load generator a part of a core
     */
    record Load(int blockBytes, int depth, int writesPerSecond, boolean freshData, Duration run) {}

    /** What fio saw. Latencies are from issue to completion, in microseconds. */
    record Result(
            double writesPerSecond, double bytesPerSecond, double p50Micros, double p99Micros, double p999Micros) {}

    /** @throws IllegalStateException when fio fails or one write failed */
    Result write(String uri, long diskBytes, Load load) {
        Path output = folder.resolve("fio.json");
        List<String> words = new ArrayList<>(List.of(
                "fio",
                "--name=bench",
                "--ioengine=nbd",
                "--uri=" + uri,
                "--rw=randwrite",
                "--bs=" + load.blockBytes(),
                "--iodepth=" + load.depth(),
                "--size=" + diskBytes,
                "--time_based",
                "--runtime=" + load.run().toSeconds(),
                "--ramp_time=" + RAMP.toSeconds(),
                // The same places in the same order in every run, so that both sides of a pair do the same.
                "--randseed=20261120",
                "--lat_percentiles=1",
                "--clat_percentiles=0",
                "--percentile_list=50:99:99.9",
                "--output-format=json",
                "--output=" + output));
        if (load.writesPerSecond() > 0) {
            words.add("--rate_iops=" + load.writesPerSecond());
        }
        if (load.freshData()) {
            words.add("--refill_buffers");
        }
        Command.run(load.run().plusSeconds(60), words.toArray(String[]::new));
        return parse(output);
    }

    private static Result parse(Path output) {
        try {
            JsonNode job = JSON.readTree(Files.readString(output)).path("jobs").path(0);
            JsonNode write = job.path("write");
            if (job.path("error").asInt() != 0 || write.path("total_ios").asLong() == 0) {
                throw new IllegalStateException("fio: error %d, %d writes"
                        .formatted(
                                job.path("error").asInt(),
                                write.path("total_ios").asLong()));
            }
            JsonNode percentiles = write.path("lat_ns").path("percentile");
            return new Result(
                    write.path("iops").asDouble(),
                    write.path("bw_bytes").asDouble(),
                    micros(percentiles, "50.000000"),
                    micros(percentiles, "99.000000"),
                    micros(percentiles, "99.900000"));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static double micros(JsonNode percentiles, String name) {
        JsonNode value = percentiles.path(name);
        if (value.isMissingNode()) {
            throw new IllegalStateException("fio reported no percentile " + name);
        }
        return value.asDouble() / 1_000;
    }
}
