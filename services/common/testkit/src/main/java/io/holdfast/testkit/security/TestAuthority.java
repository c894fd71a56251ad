package io.holdfast.testkit.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A certificate authority of a test, with keys of its own, that issues certificates for a day or two. By openssl: a JVM for each step of keytool took longer than
 * the tests. Threads may share it, apart from the issuing.
 */
public final class TestAuthority {
    private static final int LIMIT_SECONDS = 60;
    private static final List<String> NEW_KEY =
            List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes");

    private final Path folder;
    private final AtomicInteger issued = new AtomicInteger();

    /** PEM files of one certificate. */
    public record PemFiles(Path certificate, Path key, Path trust) {}

    private TestAuthority(Path folder) {
        this.folder = folder;
    }

    /** A new one with the name of the folder, which is made when it is not there, and its files in it. */
    public static TestAuthority in(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException noFolder) {
            throw new UncheckedIOException(noFolder);
        }
        TestAuthority authority = new TestAuthority(folder);
        authority.newKey(
                "-x509", "-days", "2", "-subj", "/CN=" + folder.getFileName(), "-keyout", "ca.key", "-out", "ca.crt");
        return authority;
    }

    /** Its certificate, as a PEM file. */
    public Path trust() {
        return folder.resolve("ca.crt");
    }

    /** @param alternativeNames in openssl's notation, such as {@code DNS:localhost,IP:127.0.0.1}; none when empty */
    public PemFiles issue(String alternativeNames) {
        return issueWith(alternativeNames.isEmpty() ? List.of() : List.of("subjectAltName=" + alternativeNames));
    }

    /** @param extensions lines of openssl's section of extensions */
    public PemFiles issueWith(List<String> extensions) {
        String name = "end" + issued.getAndIncrement();
        newKey("-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".csr");
        try {
            Files.write(folder.resolve(name + ".ext"), extensions);
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
        List<String> sign = new ArrayList<>(List.of("x509", "-req", "-in", name + ".csr"));
        sign.addAll(List.of("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1"));
        sign.addAll(List.of("-extfile", name + ".ext", "-out", name + ".crt"));
        openssl(sign);
        return new PemFiles(folder.resolve(name + ".crt"), folder.resolve(name + ".key"), trust());
    }

    private void newKey(String... arguments) {
        List<String> request = new ArrayList<>(List.of("req"));
        request.addAll(NEW_KEY);
        request.addAll(List.of(arguments));
        openssl(request);
    }

    private void openssl(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command + " failed: " + output);
            }
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
