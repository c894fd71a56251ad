package io.holdfast.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceTokenTest {
    @TempDir
    Path folder;

    @Test
    void a_renewed_file_is_read_again_whether_it_was_rewritten_or_replaced() throws Exception {
        Path file = Files.writeString(folder.resolve("token"), "first\n");
        var token = new ServiceToken(Optional.of(file.toString()));
        assertThat(token.authorizationHeader()).isEqualTo("Bearer first");

        Files.writeString(file, "second");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(token.current()).isEqualTo("second");

        FileTime sameTime = Files.getLastModifiedTime(file);
        Path next = Files.writeString(folder.resolve("next"), "third!");
        Files.setLastModifiedTime(next, sameTime);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        assertThat(token.current()).isEqualTo("third!");
    }

    @Test
    void a_missing_or_empty_file_is_an_error_that_names_it() throws Exception {
        Path file = folder.resolve("token");
        var token = new ServiceToken(Optional.of(file.toString()));
        assertThatThrownBy(token::current).isInstanceOf(HoldfastException.class).hasMessageContaining(file.toString());
        Files.writeString(file, "  \n");
        assertThatThrownBy(token::current).isInstanceOf(HoldfastException.class).hasMessageContaining("empty");
        assertThatThrownBy(() -> new ServiceToken(Optional.empty()).current())
                .hasMessageContaining("holdfast.security.service-token-file");
    }

    @Test
    void a_role_includes_the_ones_below_and_unknown_names_give_nothing() {
        assertThat(Roles.withIncluded(java.util.Set.of("admin")))
                .containsExactly("admin", "operator", "recovery", "viewer");
        assertThat(Roles.withIncluded(java.util.Set.of("operator", "x"))).containsExactly("operator", "viewer");
        assertThat(Roles.withIncluded(java.util.Set.of("root"))).isEmpty();
    }
}
