package io.holdfast.localsite.identity;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Signs the tokens of a local site: JWT (RFC 7519) with RS256, which every verifier takes without further settings.
 *
 * <p>A cluster has an identity provider for this; here a key in the site's directory does. Thread-safe.
 */
public final class TokenIssuer {
    public static final String ISSUER = "holdfast-local-site";
    public static final Duration LONGEST = Duration.ofDays(30);

    private static final String KEY_ID = "local-site";
    private static final int KEY_BITS = 2048;
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9._@:-]{1,64}");
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private final PrivateKey key;
    private final InstantSource clock;

    private TokenIssuer(PrivateKey key, InstantSource clock) {
        this.key = key;
        this.clock = clock;
    }

    private static Path privateKey(Path secrets) {
        return secrets.resolve("jwt-signing-key.pem");
    }

    /** The key for verifying, for the services. */
    public static Path publicKey(Path secrets) {
        return secrets.resolve("jwt-public-key.pem");
    }

    /** Opens the site's key and makes it when there is none. */
    public static TokenIssuer ensure(Path secrets, InstantSource clock) {
        PrivateFiles.directory(secrets);
        if (!Files.exists(privateKey(secrets)) || !Files.exists(publicKey(secrets))) {
            make(secrets);
        }
        return open(secrets, clock);
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_FILE_UNREADABLE} when there is no usable key
     */
    public static TokenIssuer open(Path secrets, InstantSource clock) {
        Path file = privateKey(secrets);
        String text = PrivateFiles.read(file);
        try {
            byte[] der = Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
            return new TokenIssuer(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der)), clock);
        } catch (GeneralSecurityException | IllegalArgumentException damaged) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_FILE_UNREADABLE,
                    "%s does not hold the site's signing key; remove it and start the site again for a new one."
                            .formatted(file),
                    damaged);
        }
    }

    private static void make(Path secrets) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(KEY_BITS);
            KeyPair pair = generator.generateKeyPair();
            PrivateFiles.write(
                    privateKey(secrets), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            PrivateFiles.write(
                    publicKey(secrets), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        } catch (GeneralSecurityException noRsa) {
            throw new IllegalStateException("every JDK has RSA", noRsa);
        }
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(what, PEM.encodeToString(der), what);
    }

    /**
     * A signed token.
     *
     * @param user who will stand in the records of what was done: 1 to 64 of letters, digits and {@code . _ @ : -}
     * @param lifetime more than zero, at most 30 days
     * @throws HoldfastException {@code LOCAL_SITE_OPTION_INVALID} when user or lifetime is not allowed
     */
    public String issue(String user, Role role, Duration lifetime) {
        if (!USER.matcher(user).matches()) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_OPTION_INVALID,
                    "A user name has 1 to 64 letters, digits or . _ @ : -, which '%s' has not.".formatted(user));
        }
        if (!lifetime.isPositive() || lifetime.compareTo(LONGEST) > 0) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_OPTION_INVALID,
                    "A token lives longer than zero and at most 30 days, not %s.".formatted(lifetime));
        }
        Instant now = clock.instant();
        String groups =
                role.groups().stream().map(group -> '"' + group + '"').collect(Collectors.joining(",", "[", "]"));
        // The user name cannot hold a character that JSON would escape.
        String claims =
                "{\"iss\":\"%s\",\"sub\":\"%s\",\"upn\":\"%s\",\"preferred_username\":\"%s\",\"groups\":%s,\"iat\":%d,\"exp\":%d,\"jti\":\"%s\"}"
                        .formatted(
                                ISSUER,
                                user,
                                user,
                                user,
                                groups,
                                now.getEpochSecond(),
                                now.plus(lifetime).getEpochSecond(),
                                UUID.randomUUID());
        String signed =
                encode("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(KEY_ID)) + "." + encode(claims);
        return signed + "." + BASE64.encodeToString(sign(signed));
    }

    private static String encode(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] sign(String text) {
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("the signing key was checked when it was opened", broken);
        }
    }
}
