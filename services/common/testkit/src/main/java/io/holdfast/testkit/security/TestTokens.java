package io.holdfast.testkit.security;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * JSON Web Tokens (RS256) as the site's identity provider would sign them, with a key pair made once per test JVM.
 *
 * <p>The keys are kept as text in system properties, because Quarkus loads this class once per application it starts.
 */
public final class TestTokens {
    public static final String ISSUER = "https://holdfast.test";

    private static final String PRIVATE = "holdfast.testkit.jwt.private-key";
    private static final String PUBLIC = "holdfast.testkit.jwt.public-key";

    private TestTokens() {}

    /**
     * A token that the application under test takes for an hour.
     *
     * @param user the {@code upn} claim: who did what is recorded under this name
     * @param roles the {@code groups} claim: viewer, operator, recovery, admin
     */
    public static String token(String user, String... roles) {
        return sign(user, roles, Duration.ofHours(1), sharedPrivateKey());
    }

    /** A token whose time has passed. */
    public static String expired(String user, String... roles) {
        return sign(user, roles, Duration.ofHours(-1), sharedPrivateKey());
    }

    /** A well-formed token signed with a key that nobody trusts. */
    public static String signedByStranger(String user, String... roles) {
        return sign(user, roles, Duration.ofHours(1), newKeyPair().getPrivate());
    }

    /** The public key as {@code mp.jwt.verify.publickey} takes it: Base64 of its DER form, without header lines. */
    public static String publicKey() {
        sharedPrivateKey();
        return System.getProperty(PUBLIC);
    }

    /** The public key in PEM form, for {@code mp.jwt.verify.publickey.location}. */
    public static String publicKeyPem() {
        return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n".formatted(publicKey());
    }

    private static String sign(String user, String[] roles, Duration validFor, PrivateKey key) {
        Instant now = Instant.now();
        String groups = Arrays.stream(roles).map(role -> '"' + role + '"').collect(Collectors.joining(","));
        String claims =
                "{\"iss\":\"%s\",\"sub\":\"%s\",\"upn\":\"%s\",\"groups\":[%s],\"iat\":%d,\"exp\":%d,\"jti\":\"%s\"}"
                        .formatted(
                                ISSUER,
                                user,
                                user,
                                groups,
                                now.minus(Duration.ofHours(2)).getEpochSecond(),
                                now.plus(validFor).getEpochSecond(),
                                UUID.randomUUID());
        String signed = base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + base64(claims);
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("the test token could not be signed", impossible);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static PrivateKey sharedPrivateKey() {
        var properties = System.getProperties();
        synchronized (properties) {
            if (properties.getProperty(PRIVATE) == null) {
                KeyPair pair = newKeyPair();
                var base64 = Base64.getEncoder();
                properties.setProperty(
                        PUBLIC, base64.encodeToString(pair.getPublic().getEncoded()));
                properties.setProperty(
                        PRIVATE, base64.encodeToString(pair.getPrivate().getEncoded()));
            }
            byte[] encoded = Base64.getDecoder().decode(properties.getProperty(PRIVATE));
            try {
                return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException("the test key could not be read back", impossible);
            }
        }
    }

    private static KeyPair newKeyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has RSA", impossible);
        }
    }
}
