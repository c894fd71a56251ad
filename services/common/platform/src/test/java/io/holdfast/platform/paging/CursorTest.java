package io.holdfast.platform.paging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CursorTest {
    private static void refused(String list, int parts, String text) {
        assertThatThrownBy(() -> Cursor.decode(list, parts, text))
                .as("cursor %s", text)
                .isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                        .isEqualTo(CommonError.INVALID_REQUEST));
    }

    @Test
    void a_cursor_gives_back_the_key_it_was_made_of() {
        List<String> key = List.of("2026-01-01T00:00:00Z", "näme", "");
        assertThat(Cursor.decode("vms", 3, Cursor.encode("vms", key))).isEqualTo(key);
    }

    @Test
    void a_cursor_of_another_list_or_of_another_shape_is_refused() {
        String cursor = Cursor.encode("vms", List.of("a"));
        refused("hosts", 1, cursor);
        refused("vms", 2, cursor);
    }

    @Test
    void a_cursor_that_was_cut_or_changed_anywhere_is_refused() {
        byte[] good = Base64.getUrlDecoder().decode(Cursor.encode("vms", List.of("some key")));
        var base64 = Base64.getUrlEncoder().withoutPadding();
        for (int i = 0; i < good.length; i++) {
            byte[] flipped = good.clone();
            flipped[i] ^= 0x10;
            refused("vms", 1, base64.encodeToString(flipped));
            refused("vms", 1, base64.encodeToString(java.util.Arrays.copyOf(good, i)));
        }
    }

    @Test
    void no_text_at_all_does_anything_but_be_refused() {
        long seed = System.nanoTime();
        System.out.println("CursorTest seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            refused("vms", 1, Base64.getUrlEncoder().encodeToString(noise));
            refused("vms", 1, new String(noise, java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        refused("vms", 1, "A".repeat(1_000_000));
    }
}
