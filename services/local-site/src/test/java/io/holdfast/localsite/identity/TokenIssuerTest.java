package io.holdfast.localsite.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenIssuerTest {
    @TempDir
    Path secrets;

    /** The verifier that the services use underneath. */
    private JwtConsumer verifier() throws Exception {
        String pem = Files.readString(TokenIssuer.publicKey(secrets));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        PublicKey key = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
        return new JwtConsumerBuilder()
                .setVerificationKey(key)
                .setExpectedIssuer(TokenIssuer.ISSUER)
                .setRequireExpirationTime()
                .setRequireSubject()
                .build();
    }

    private TokenIssuer issuer() {
        return TokenIssuer.ensure(secrets, InstantSource.system());
    }

    @Test
    void a_token_verifies_and_names_user_and_roles() throws Exception {
        JwtClaims claims = verifierAfter(issuer().issue("ada@example.com", Role.RECOVERY, Duration.ofHours(1)));
        assertThat(claims.getSubject()).isEqualTo("ada@example.com");
        assertThat(claims.getStringListClaimValue("groups")).containsExactly("viewer", "operator", "recovery");
        assertThat(claims.getExpirationTime().getValue() - claims.getIssuedAt().getValue())
                .isEqualTo(3600);
    }

    private JwtClaims verifierAfter(String token) throws Exception {
        return verifier().processToClaims(token);
    }

    @Test
    void a_changed_token_is_refused() {
        String token = issuer().issue("ada", Role.VIEWER, Duration.ofHours(1));
        String[] pieces = token.split("\\.");
        String claims = new String(Base64.getUrlDecoder().decode(pieces[1]), StandardCharsets.UTF_8);
        String forged = pieces[0] + "."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(claims.replace("viewer", "admin").getBytes(StandardCharsets.UTF_8))
                + "." + pieces[2];
        assertThatThrownBy(() -> verifierAfter(forged)).isInstanceOf(InvalidJwtException.class);
    }

    @Test
    void the_key_is_kept_so_that_tokens_outlive_a_restart() throws Exception {
        String token = issuer().issue("ada", Role.VIEWER, Duration.ofHours(1));
        issuer();
        assertThat(verifierAfter(token).getSubject()).isEqualTo("ada");
    }

    @Test
    void the_signing_key_is_its_owners_alone() throws Exception {
        issuer();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secrets.resolve("jwt-signing-key.pem"))))
                .isEqualTo("rw-------");
    }

    @Test
    void names_that_would_break_out_of_the_claims_are_refused() {
        TokenIssuer issuer = issuer();
        for (String user : new String[] {"", "a\"b", "a\nb", "a\\b", "ü", "x".repeat(65), "a b"}) {
            assertThatThrownBy(() -> issuer.issue(user, Role.VIEWER, Duration.ofHours(1)))
                    .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                            .isEqualTo(LocalSiteError.LOCAL_SITE_OPTION_INVALID));
        }
    }

    @Test
    void lifetimes_of_nothing_and_of_more_than_30_days_are_refused() {
        TokenIssuer issuer = issuer();
        for (Duration lifetime : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(31)}) {
            assertThatThrownBy(() -> issuer.issue("ada", Role.VIEWER, lifetime)).hasMessageContaining("30 days");
        }
    }

    @Test
    void a_damaged_key_is_named() throws Exception {
        issuer();
        Files.writeString(
                secrets.resolve("jwt-signing-key.pem"),
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(this::issuer)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(LocalSiteError.LOCAL_SITE_FILE_UNREADABLE));
    }

    @Test
    void an_id_file_with_something_else_is_never_overwritten() throws Exception {
        Path identity = secrets.resolve("identity");
        SiteIdentity first = SiteIdentity.ensure(identity);
        assertThat(SiteIdentity.ensure(identity)).isEqualTo(first);
        Files.writeString(identity.resolve("site-id"), "garbage");
        assertThatThrownBy(() -> SiteIdentity.ensure(identity)).hasMessageContaining("site-id");
        assertThat(Files.readString(identity.resolve("site-id"))).isEqualTo("garbage");
    }
}
