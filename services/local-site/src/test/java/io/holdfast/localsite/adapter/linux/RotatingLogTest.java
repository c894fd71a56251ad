package io.holdfast.localsite.adapter.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingLogTest {
    @TempDir
    Path folder;

    @Test
    void the_disk_never_holds_more_than_the_limit_times_the_kept_files() throws IOException {
        Path file = folder.resolve("part.log");
        try (RotatingLog log = new RotatingLog(file, 1_000)) {
            for (int line = 0; line < 2_000; line++) {
                log.line("line " + line);
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(RotatingLog.KEPT_FILES).allSatisfy(each -> assertThat(Files.size(each))
                    .isLessThanOrEqualTo(1_000));
        }
        assertThat(Files.readAllLines(file).getLast()).isEqualTo("line 1999");
    }

    @Test
    void a_later_run_appends() throws IOException {
        Path file = folder.resolve("part.log");
        for (String text : new String[] {"first", "second"}) {
            try (RotatingLog log = new RotatingLog(file, 1_000)) {
                log.line(text);
            }
        }
        assertThat(Files.readAllLines(file)).containsExactly("first", "second");
    }

    @Test
    void output_without_any_line_end_is_cut_and_not_collected() throws IOException {
        Path file = folder.resolve("part.log");
        try (RotatingLog log = new RotatingLog(file, 1 << 20)) {
            log.copyFrom(new ByteArrayInputStream("x".repeat(500_000).getBytes(StandardCharsets.UTF_8)));
            assertThat(log.newestLines().getFirst()).hasSizeLessThan(10_000).endsWith("[cut]");
        }
        assertThat(Files.size(file)).isLessThan(10_000);
    }

    @Test
    void the_newest_lines_are_at_hand() {
        try (RotatingLog log = new RotatingLog(folder.resolve("part.log"), 1_000)) {
            for (int line = 0; line < 100; line++) {
                log.line("line " + line);
            }
            assertThat(log.newestLines()).hasSize(25).endsWith("line 99");
        }
    }

    @Test
    void a_log_that_cannot_be_opened_says_which() throws IOException {
        Files.writeString(folder.resolve("logs"), "a file, not a folder");
        assertThatThrownBy(() -> new RotatingLog(folder.resolve("logs/part.log"), 1_000))
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("part.log");
    }
}
