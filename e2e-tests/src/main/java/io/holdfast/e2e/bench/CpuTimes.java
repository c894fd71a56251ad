package io.holdfast.e2e.bench;

import io.holdfast.localsite.part.Part;
import java.util.EnumMap;
import java.util.Map;

/**
 * Processor time that every part, and this program, has used so far, in seconds. On two cores this is what a rate is made of: bytes per
 * second of a whole pipeline are at most the cores divided by the sum of the seconds per byte.
 */
record CpuTimes(Map<Part, Double> parts, double bench) {
    static CpuTimes of(BenchSite site) {
        Map<Part, Double> parts = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            // PostgreSQL's work is done in processes of their own, which come and go.
            if (site.parts().has(part) && part != Part.POSTGRES) {
                parts.put(part, seconds(ProcessHandle.of(site.parts().pid(part)).orElseThrow()));
            }
        }
        return new CpuTimes(parts, seconds(ProcessHandle.current()));
    }

    private static double seconds(ProcessHandle process) {
        return process.info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    }

    CpuTimes minus(CpuTimes before) {
        Map<Part, Double> used = new EnumMap<>(Part.class);
        parts.forEach((part, seconds) -> used.put(part, seconds - before.parts.get(part)));
        return new CpuTimes(used, bench - before.bench);
    }

    /** Adds to a row what each part used for a gigabyte of {@code bytes}. */
    Row perGigabyte(Row row, long bytes) {
        Row result = row.with("CPU s per GB, load generator and proxy", bench / bytes * 1e9);
        for (Map.Entry<Part, Double> part : parts.entrySet()) {
            result = result.with("CPU s per GB, " + part.getKey(), part.getValue() / bytes * 1e9);
        }
        return result;
    }
}
