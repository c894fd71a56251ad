package io.holdfast.testkit.quarkus;

import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Makes a {@code @QuarkusTest} accept the tokens of {@link TestTokens}, and gives it a service token of its own.
 *
 * <pre>{@code
 * @QuarkusTestResource(SecurityTestResource.class)
 * given().auth().oauth2(TestTokens.token("alice", "admin"))
 * }</pre>
 */
public final class SecurityTestResource implements QuarkusTestResourceLifecycleManager {
    private Path serviceToken;

    @Override
    public Map<String, String> start() {
        try {
            serviceToken = Files.writeString(
                    Files.createTempFile("holdfast-test-service", ".jwt"), TestTokens.token("service", "admin"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return Map.of(
                // Inline: in tests Quarkus makes a key of its own under this name, which would win over a location.
                "mp.jwt.verify.publickey", TestTokens.publicKey(),
                "mp.jwt.verify.issuer", TestTokens.ISSUER,
                "holdfast.security.service-token-file", serviceToken.toString());
    }

    @Override
    public void stop() {
        try {
            Files.deleteIfExists(serviceToken);
        } catch (IOException leftBehind) {
            throw new UncheckedIOException(leftBehind);
        }
    }
}
