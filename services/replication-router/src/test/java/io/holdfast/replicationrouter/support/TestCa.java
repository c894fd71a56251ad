package io.holdfast.replicationrouter.support;

import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A site's CA for tests, made with the JDK's keytool: real certificates, real chains, nothing but the JDK needed. */
public final class TestCa {
    private static final String PASSWORD = "changeit";

    private final Path directory;
    private final Path store;
    private int issued;

    public TestCa(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("ca.p12");
        keytool(
                "-genkeypair",
                "-alias",
                "ca",
                "-dname",
                "CN=test ca",
                "-ext",
                "bc:c",
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1");
        write("ca.pem", pem("CERTIFICATE", certificate(store, "ca")));
    }

    public Path trust() {
        return directory.resolve("ca.pem");
    }

    /** A certificate and key with these names, as files. */
    public AgentLinkServer.TlsFiles issue(String... subjectAlternativeNames) {
        String name = "leaf" + issued++;
        Path own = directory.resolve(name + ".p12");
        keytool(
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-validity",
                "2",
                "-keystore",
                own.toString(),
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1");
        Path request = directory.resolve(name + ".csr");
        Path signed = directory.resolve(name + ".crt");
        keytool("-certreq", "-alias", name, "-keystore", own.toString(), "-file", request.toString());
        List<String> sign = new ArrayList<>(List.of(
                "-gencert",
                "-alias",
                "ca",
                "-keystore",
                store.toString(),
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString(),
                "-rfc",
                "-validity",
                "2"));
        if (subjectAlternativeNames.length > 0) {
            sign.addAll(List.of("-ext", "san=" + String.join(",", subjectAlternativeNames)));
        }
        keytool(sign.toArray(String[]::new));
        return new AgentLinkServer.TlsFiles(signed, write(name + ".key", pem("PRIVATE KEY", key(own, name))), trust());
    }

    private static void keytool(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("keytool failed: " + output);
            }
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static byte[] certificate(Path store, String alias) {
        try {
            Certificate certificate = load(store).getCertificate(alias);
            return certificate.getEncoded();
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static byte[] key(Path store, String alias) {
        try {
            Key key = load(store).getKey(alias, PASSWORD.toCharArray());
            return key.getEncoded();
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static KeyStore load(Path store) throws GeneralSecurityException, IOException {
        return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), kind);
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
