package io.holdfast.localsite.adapter.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
    @TempDir
    Path folder;

    private long with(String meminfo, String max, String current) throws IOException {
        Files.writeString(folder.resolve("meminfo"), meminfo);
        if (max != null) {
            Files.writeString(folder.resolve("memory.max"), max);
            Files.writeString(folder.resolve("memory.current"), current);
        }
        return AvailableMemory.mebibytes(folder.resolve("meminfo"), folder);
    }

    @Test
    void the_kernel_says_what_is_available() throws IOException {
        assertThat(with("MemTotal:  24000000 kB\nMemAvailable:    2097152 kB\n", null, null))
                .isEqualTo(2048);
    }

    @Test
    void a_tighter_control_group_counts() throws IOException {
        assertThat(with("MemAvailable: 2097152 kB\n", "1073741824\n", "536870912\n"))
                .isEqualTo(512);
    }

    @Test
    void an_unlimited_control_group_does_not_count() throws IOException {
        assertThat(with("MemAvailable: 2097152 kB\n", "max\n", "536870912\n")).isEqualTo(2048);
    }

    @Test
    void a_full_control_group_leaves_nothing_and_not_less() throws IOException {
        assertThat(with("MemAvailable: 2097152 kB\n", "1000\n", "5000\n")).isZero();
    }

    @Test
    void unreadable_numbers_never_refuse_a_start() throws IOException {
        assertThat(with("MemAvailable: plenty\n", "x", "y")).isGreaterThan(1L << 40);
    }

    @Test
    void this_machine_has_some() {
        assertThat(AvailableMemory.mebibytes()).isPositive();
    }
}
