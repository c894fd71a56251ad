package io.holdfast.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LabelTest {
    @Test
    void a_label_has_no_control_characters_and_a_bound() {
        assertThat(Label.of(" db\u0000-\n1\u001b ")).isEqualTo("db-1");
        assertThat(Label.of("x".repeat(100_000))).hasSize(Label.MAX_CHARACTERS);
        assertThat(Label.ofLong("x".repeat(100_000))).hasSize(Label.MAX_LONG_CHARACTERS);
        assertThat(Label.of("Größe 内容")).isEqualTo("Größe 内容");
        assertThat(Label.of("x".repeat(199) + "😀")).isEqualTo("x".repeat(199));
    }
}
