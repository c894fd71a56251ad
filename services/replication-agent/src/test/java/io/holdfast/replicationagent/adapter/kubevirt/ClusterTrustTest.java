package io.holdfast.replicationagent.adapter.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.testkit.security.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterTrustTest {
    @TempDir
    Path folder;

    @Test
    void anAuthorityIsTaken() {
        assertThat(ClusterTrust.of(TestAuthority.in(folder.resolve("ca")).trust())
                        .getProtocol())
                .isEqualTo("TLS");
    }

    @ParameterizedTest
    @CsvSource({"'', no certificate", "'-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', ca.crt"})
    void aFileWithoutOneIsRefusedRatherThanNobodyTrusted(String text, String words) throws IOException {
        Path file = Files.writeString(folder.resolve("ca.crt"), text);

        assertThatThrownBy(() -> ClusterTrust.of(file))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(CommonError.INVALID_CONFIGURATION))
                .hasMessageContaining(words);
    }
}
