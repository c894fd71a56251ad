package io.holdfast.replicationrouter.support;

import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A CA and certificates from it, made by openssl: a JVM for each step of keytool took longer than the tests. */
public final class TestCa {
    private static final List<String> NEW_KEY =
            List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes");

    private final Path directory;
    private final AtomicInteger issued = new AtomicInteger();

    public TestCa(Path directory) {
        this.directory = directory;
        openssl(List.of("req", "-x509", "-days", "2", "-subj", "/CN=test ca", "-keyout", "ca.key", "-out", "ca.pem"));
    }

    public Path trust() {
        return directory.resolve("ca.pem");
    }

    /** A certificate and key with these names, such as {@code dns:localhost}, as files. */
    public AgentLinkServer.TlsFiles issue(String... subjectAlternativeNames) {
        String name = "leaf" + issued.getAndIncrement();
        openssl(List.of("req", "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".csr"));
        List<String> names = new ArrayList<>();
        for (String alternative : subjectAlternativeNames) {
            int colon = alternative.indexOf(':');
            names.add(
                    alternative.substring(0, colon).toUpperCase(java.util.Locale.ROOT) + alternative.substring(colon));
        }
        List<String> sign = new ArrayList<>(List.of(
                "x509",
                "-req",
                "-in",
                name + ".csr",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                "2",
                "-out",
                name + ".crt"));
        if (!names.isEmpty()) {
            write(name + ".ext", "subjectAltName=" + String.join(",", names) + "\n");
            sign.addAll(List.of("-extfile", name + ".ext"));
        }
        openssl(sign);
        return new AgentLinkServer.TlsFiles(
                directory.resolve(name + ".crt"), directory.resolve(name + ".key"), trust());
    }

    private void openssl(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        if (arguments.getFirst().equals("req")) {
            command.addAll(NEW_KEY);
        }
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command + " failed: " + output);
            }
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void write(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
