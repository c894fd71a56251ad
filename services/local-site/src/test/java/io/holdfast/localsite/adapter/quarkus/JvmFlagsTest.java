package io.holdfast.localsite.adapter.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.localsite.part.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JvmFlagsTest {
    /** Memory is budgeted for both; a flag that only one of them has would be measured in neither. */
    @ParameterizedTest
    @EnumSource(names = {"INVENTORY", "PROTECTION_GROUP", "RECOVERY_PLAN"})
    void the_image_of_a_frugal_service_starts_it_as_a_site_does(Part service) throws IOException {
        String image = Files.readString(Path.of("..", service.toString(), "Containerfile"));

        assertThat(JvmFlags.of(service)).containsAll(JvmFlags.FRUGAL);
        JvmFlags.FRUGAL.forEach(flag -> assertThat(image).contains('"' + flag + '"'));
        JvmFlags.environment(service).forEach((name, value) -> assertThat(image).contains("ENV " + name + "=" + value));
    }

    @ParameterizedTest
    @EnumSource(names = {"REPLICATION_ROUTER", "JOURNAL_STORE", "REPLICATION_AGENT"})
    void the_services_of_the_data_path_keep_the_last_compiler_and_their_heap(Part service) {
        assertThat(JvmFlags.of(service)).doesNotContainAnyElementsOf(JvmFlags.FRUGAL);
        assertThat(JvmFlags.environment(service)).isEmpty();
    }
}
