package io.holdfast.localsite.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.part.Part;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemoryNeedTest {
    @Test
    void a_whole_site_fits_a_laptop_with_4_gib_free() {
        assertThat(MemoryNeed.of(EnumSet.allOf(Part.class)).neededMebibytes()).isBetween(1024L, 4096L);
    }

    @Test
    void exactly_enough_is_enough() {
        MemoryNeed need = MemoryNeed.of(Set.of(Part.KAFKA));
        assertThatCode(() -> need.check(Part.KAFKA.memoryMebibytes())).doesNotThrowAnyException();
    }

    @Test
    void too_little_names_both_numbers() {
        MemoryNeed need = MemoryNeed.of(Set.of(Part.KAFKA));
        assertThatThrownBy(() -> need.check(100))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(LocalSiteError.LOCAL_SITE_MEMORY_TOO_LOW))
                .hasMessageContaining("640 MiB")
                .hasMessageContaining("100 MiB");
    }
}
