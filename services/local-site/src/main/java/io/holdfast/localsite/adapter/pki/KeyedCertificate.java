package io.holdfast.localsite.adapter.pki;

import io.holdfast.localsite.identity.PrivateFiles;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate with its private key, as two PEM files. BouncyCastle builds it; all keys are the JDK's own. */
record KeyedCertificate(X509Certificate certificate, PrivateKey key) {
    private static final String SIGNATURE = "SHA256withECDSA";
    /** Clocks of two machines differ; a certificate that is valid from this second on is refused by the slower one. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofHours(1);

    /** A new certificate authority that may sign ends and no further authorities. */
    static KeyedCertificate authority(String subject, Instant now, Instant until) {
        KeyPair pair = keyPair();
        try {
            JcaX509v3CertificateBuilder builder =
                    builder(new X500Principal(subject), new X500Principal(subject), pair.getPublic(), now, until);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return signed(builder, pair.getPrivate(), pair.getPrivate());
        } catch (CertIOException malformed) {
            throw new IllegalStateException("the extensions are constant", malformed);
        }
    }

    /** Signs a new key pair for one end. */
    KeyedCertificate issue(
            String subject, List<KeyPurposeId> purposes, List<GeneralName> names, Instant now, Instant until) {
        KeyPair pair = keyPair();
        try {
            JcaX509v3CertificateBuilder builder = builder(
                    certificate.getSubjectX500Principal(), new X500Principal(subject), pair.getPublic(), now, until);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate));
            return signed(builder, key, pair.getPrivate());
        } catch (CertIOException | GeneralSecurityException malformed) {
            throw new IllegalStateException("the extensions are constant", malformed);
        }
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException noCurve) {
            throw new IllegalStateException("every JDK has P-256", noCurve);
        }
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Principal issuer, X500Principal subject, PublicKey key, Instant now, Instant until) {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, new SecureRandom()).add(BigInteger.ONE),
                Date.from(now.minus(CLOCK_TOLERANCE)),
                Date.from(until),
                subject,
                key);
        try {
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
        } catch (CertIOException | GeneralSecurityException malformed) {
            throw new IllegalStateException("the extension follows from the key", malformed);
        }
        return builder;
    }

    private static KeyedCertificate signed(JcaX509v3CertificateBuilder builder, PrivateKey signer, PrivateKey own) {
        try {
            X509CertificateHolder holder = builder.build(new JcaContentSignerBuilder(SIGNATURE).build(signer));
            return new KeyedCertificate(new JcaX509CertificateConverter().getCertificate(holder), own);
        } catch (OperatorCreationException | GeneralSecurityException broken) {
            throw new IllegalStateException("signing with a key of our own cannot fail", broken);
        }
    }

    /** Reads both files; empty when one is missing, damaged, or the two do not belong together. */
    static Optional<KeyedCertificate> read(Path certificateFile, Path keyFile) {
        if (!Files.exists(certificateFile) || !Files.exists(keyFile)) {
            return Optional.empty();
        }
        try (PEMParser certificates = new PEMParser(new StringReader(Files.readString(certificateFile)));
                PEMParser keys = new PEMParser(new StringReader(Files.readString(keyFile)))) {
            if (certificates.readObject() instanceof X509CertificateHolder holder
                    && keys.readObject() instanceof PrivateKeyInfo info) {
                KeyedCertificate read = new KeyedCertificate(
                        new JcaX509CertificateConverter().getCertificate(holder),
                        new JcaPEMKeyConverter().getPrivateKey(info));
                return read.belongTogether() ? Optional.of(read) : Optional.empty();
            }
            return Optional.empty();
        } catch (IOException | GeneralSecurityException | RuntimeException damaged) {
            // BouncyCastle answers damaged PEM with several unchecked exceptions; all mean: make a new one.
            return Optional.empty();
        }
    }

    private boolean belongTogether() throws GeneralSecurityException {
        byte[] sample = certificate.getSerialNumber().toByteArray();
        Signature signature = Signature.getInstance(SIGNATURE);
        signature.initSign(key);
        signature.update(sample);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(sample);
        return signature.verify(signed);
    }

    /** The key is written first: a certificate never stands beside an older key for longer than a crash takes. */
    void write(Path certificateFile, Path keyFile) {
        try {
            PrivateFiles.write(keyFile, pem(new JcaPKCS8Generator(key, null)));
            PrivateFiles.write(certificateFile, pem(certificate));
        } catch (IOException inMemory) {
            throw new IllegalStateException("writing PEM to memory cannot fail", inMemory);
        }
    }

    private static String pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }

    boolean isIssuedBy(KeyedCertificate authority) {
        try {
            certificate.verify(authority.certificate().getPublicKey());
            return true;
        } catch (GeneralSecurityException another) {
            return false;
        }
    }

    boolean outlasts(Instant instant) {
        return certificate.getNotAfter().toInstant().isAfter(instant);
    }

    boolean isFor(String subject) {
        return certificate.getSubjectX500Principal().equals(new X500Principal(subject));
    }

    boolean hasNames(List<GeneralName> names) {
        try {
            X509CertificateHolder holder = new X509CertificateHolder(certificate.getEncoded());
            GeneralNames present =
                    GeneralNames.fromExtensions(holder.getExtensions(), Extension.subjectAlternativeName);
            return new GeneralNames(names.toArray(GeneralName[]::new)).equals(present);
        } catch (IOException | GeneralSecurityException damaged) {
            return false;
        }
    }
}
