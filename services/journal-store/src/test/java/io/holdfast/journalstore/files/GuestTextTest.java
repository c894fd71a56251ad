package io.holdfast.journalstore.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GuestTextTest {
    private static GuestText utf8(String text) {
        return GuestText.of(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void any_bytes_are_shown_as_text_that_means_them_and_can_be_seen() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                // Mostly text, so that characters of several bytes are whole, and broken, often enough.
                bytes = new String(bytes, StandardCharsets.UTF_16LE).getBytes(StandardCharsets.UTF_8);
            }
            GuestText text = GuestText.of(bytes);
            assertThat(GuestText.parse(text.shown()))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(text);
            assertThat(text.shown()).as("seed %d, round %d", seed, round).doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
            assertThat(text.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void what_a_terminal_would_obey_is_escaped_and_what_people_write_is_not() {
        assertThat(utf8("Grüße 文件 😀.txt").shown()).isEqualTo("Grüße 文件 😀.txt");
        assertThat(utf8("\u001b[2J").shown()).isEqualTo("\\x1b[2J");
        assertThat(utf8("a\\x41").shown()).isEqualTo("a\\\\x41");
        assertThat(utf8("\u202egpj.exe").shown()).isEqualTo("\\xe2\\x80\\xaegpj.exe");
        assertThat(new GuestText("caf\u00e9").shown()).isEqualTo("caf\\xe9");
        assertThat(GuestText.parse("\\x41")).isEqualTo(utf8("A"));
    }

    @Test
    void an_escape_that_is_none_is_refused() {
        for (String bad : List.of("\\", "\\x", "\\x4", "\\n", "a\\xg1", "\\x+1", "\\x-1", "\ud800")) {
            assertThatThrownBy(() -> GuestText.parse(bad))
                    .as(bad)
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(CommonError.INVALID_REQUEST));
        }
    }

    @Test
    void a_path_is_from_the_root_and_leads_nowhere_else() {
        assertThat(GuestPath.parse("//etc///hosts/").toString()).isEqualTo("/etc/hosts");
        assertThat(GuestPath.parse("/")).isEqualTo(GuestPath.ROOT);
        assertThat(GuestPath.parse("/-rf").name()).isEqualTo(utf8("-rf"));
        assertThat(GuestPath.ROOT.child(utf8("a")).child(utf8("..b")).toString())
                .isEqualTo("/a/..b");
        for (String bad : List.of(
                "", "etc", "./a", "/a/..", "/../a", "/.", "/a\0b", "/\\x00", "/\\x2e\\x2e/a", "/" + "a".repeat(4095))) {
            assertThatThrownBy(() -> GuestPath.parse(bad)).as(bad).isInstanceOf(HoldfastException.class);
        }
    }
}
