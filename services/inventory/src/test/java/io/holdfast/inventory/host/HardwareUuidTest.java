package io.holdfast.inventory.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HardwareUuidTest {
    @Test
    void one_machine_has_one_spelling() {
        assertThat(HardwareUuid.parse(" 4C4C4544-0042-3510-8056-B7C04F4E3232\n"))
                .contains("4c4c4544-0042-3510-8056-b7c04f4e3232");
        assertThat(HardwareUuid.parse("0d3f1c2b4a5e6f708192a3b4c5d6e7f8"))
                .as("a machine id without dashes")
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "short",
                "00000000-0000-0000-0000-000000000000",
                "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                "03000200-0400-0500-0006-000700080009",
                "not specified by maker",
                "uuid\u0000with control"
            })
    void what_many_machines_share_identifies_none(String text) {
        assertThat(HardwareUuid.parse(text)).isEmpty();
    }
}
