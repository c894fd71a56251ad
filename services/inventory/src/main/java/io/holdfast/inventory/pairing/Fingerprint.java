package io.holdfast.inventory.pairing;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * SHA-256 of a certificate, byte for byte, or of a secret.
 *
 * @param hex 64 lower-case digits
 */
public record Fingerprint(String hex) {
    static final int BYTES = 32;

    public Fingerprint {
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("a fingerprint has 64 hexadecimal digits");
        }
    }

    public static Fingerprint of(X509Certificate certificate) {
        try {
            return of(certificate.getEncoded());
        } catch (CertificateEncodingException unreadable) {
            throw new IllegalArgumentException("a certificate that was read has bytes", unreadable);
        }
    }

    static Fingerprint of(byte[] bytes) {
        try {
            return raw(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    static Fingerprint raw(byte[] digest) {
        return new Fingerprint(HexFormat.of().formatHex(digest));
    }

    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** In time that does not tell how much is equal. */
    boolean isOf(byte[] bytes) {
        return MessageDigest.isEqual(bytes(), of(bytes).bytes());
    }

    @Override
    public String toString() {
        return hex;
    }
}
