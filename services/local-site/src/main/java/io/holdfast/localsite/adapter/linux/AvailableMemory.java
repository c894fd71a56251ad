package io.holdfast.localsite.adapter.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory can be had now: what the kernel says, and what the control group still allows. */
public final class AvailableMemory {
    private AvailableMemory() {}

    /** In MiB; a machine that says neither counts as having enough, because a wrong refusal helps nobody. */
    public static long mebibytes() {
        return mebibytes(Path.of("/proc/meminfo"), Path.of("/sys/fs/cgroup"));
    }

    static long mebibytes(Path meminfo, Path controlGroup) {
        long machine = kernelAvailable(meminfo).orElse(Long.MAX_VALUE);
        long group = groupLeft(controlGroup).orElse(Long.MAX_VALUE);
        return Math.min(machine, group) >> 20;
    }

    private static OptionalLong kernelAvailable(Path meminfo) {
        try {
            for (String line : Files.readAllLines(meminfo)) {
                if (line.startsWith("MemAvailable:")) {
                    String kibibytes = line.substring("MemAvailable:".length()).replace("kB", "");
                    return OptionalLong.of(Long.parseLong(kibibytes.strip()) << 10);
                }
            }
        } catch (IOException | NumberFormatException unknown) {
            // As if the line were missing.
        }
        return OptionalLong.empty();
    }

    /** Control groups version 2: inside a container its own group is the root that is mounted. */
    private static OptionalLong groupLeft(Path controlGroup) {
        try {
            String limit = Files.readString(controlGroup.resolve("memory.max")).strip();
            if (limit.equals("max")) {
                return OptionalLong.empty();
            }
            long used = Long.parseLong(
                    Files.readString(controlGroup.resolve("memory.current")).strip());
            return OptionalLong.of(Math.max(0, Long.parseLong(limit) - used));
        } catch (IOException | NumberFormatException unknown) {
            return OptionalLong.empty();
        }
    }
}
