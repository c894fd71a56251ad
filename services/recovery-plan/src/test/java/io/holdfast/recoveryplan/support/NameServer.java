package io.holdfast.recoveryplan.support;

import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real name server (BIND) on a port of loopback, primary of {@value #ZONE} and {@value #REVERSE}, that takes updates signed with its key. It is asked and
 * changed here by BIND's own clients, so that no test believes our client about itself.
 */
public final class NameServer implements AutoCloseable {
    public static final String ZONE = "example.test";
    public static final String REVERSE = "2.0.192.in-addr.arpa";
    public static final String KEY = "holdfast-test";
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Path directory;
    private final int port;
    private final Process process;

    private NameServer(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    public static NameServer start() {
        try {
            Path directory = Files.createTempDirectory("holdfast-named");
            int port = freePort();
            byte[] secret = new byte[32];
            new Random(port).nextBytes(secret);
            String base64 = Base64.getEncoder().encodeToString(secret);
            Files.writeString(directory.resolve("secret"), base64 + "\n");
            String key = "key \"%s\" { algorithm hmac-sha256; secret \"%s\"; };%n".formatted(KEY, base64);
            Files.writeString(directory.resolve("key.conf"), key);
            Files.writeString(
                    directory.resolve("named.conf"),
                    """
                    options {
                      directory "%s"; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none;
                      recursion no; dnssec-validation no; notify no;
                    };
                    controls { };
                    %s
                    """.formatted(directory, port, key) + zone(directory, ZONE) + zone(directory, REVERSE));
            // Under its own path AppArmor would let it read its usual directories only.
            Path program = Files.copy(Path.of("/usr/sbin/named"), directory.resolve("named"));
            Process process = new ProcessBuilder(program.toString(), "-g", "-n", "1", "-c", directory + "/named.conf")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            NameServer server = new NameServer(directory, port, process);
            Eventually.await(
                    "the name server has its zones",
                    LONG,
                    () -> !server.dig(ZONE, "SOA").isEmpty()
                            && !server.dig(REVERSE, "SOA").isEmpty(),
                    server::log);
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String zone(Path directory, String name) throws IOException {
        Files.writeString(
                directory.resolve(name), """
                $TTL 300
                @ IN SOA ns.%1$s. admin.%1$s. 1 3600 600 86400 60
                @ IN NS ns.%1$s.
                """.formatted(ZONE) + (name.equals(ZONE) ? "ns IN A 127.0.0.1\n" : ""));
        return "zone \"%s\" { type primary; file \"%s\"; update-policy { grant %s zonesub ANY; }; };%n"
                .formatted(name, directory.resolve(name), KEY);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    public int port() {
        return port;
    }

    public Path secretFile() {
        return directory.resolve("secret");
    }

    /** What {@code dig} finds, in order; in small letters, names without a dot at the end. */
    public List<String> dig(String name, String type) {
        return Arrays.stream(run(
                                "",
                                List.of(
                                        "dig",
                                        "+short",
                                        "+tcp",
                                        "+time=5",
                                        "+tries=1",
                                        "-p",
                                        Integer.toString(port),
                                        "@127.0.0.1",
                                        name,
                                        type))
                        .split("\n"))
                .filter(line -> !line.isBlank() && !line.startsWith(";"))
                .map(line -> line.toLowerCase(Locale.ROOT).replaceFirst("\\.$", ""))
                .sorted()
                .toList();
    }

    /** {@code nsupdate} writes it, whatever was there. */
    public void put(String name, String type, long ttlSeconds, List<String> values) {
        List<String> lines = new ArrayList<>(List.of("server 127.0.0.1 " + port));
        lines.add("update delete %s %s".formatted(name, type));
        values.forEach(value -> lines.add("update add %s %d %s %s".formatted(name, ttlSeconds, type, value)));
        lines.add("send\n");
        String said = run(
                String.join("\n", lines),
                List.of("nsupdate", "-v", "-k", directory.resolve("key.conf").toString()));
        if (!said.isBlank()) {
            throw new IllegalStateException("nsupdate: " + said + log());
        }
    }

    private String run(String input, List<String> command) {
        try {
            Process client =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var in = client.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            client.waitFor();
            return said;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    /** What the server has said. */
    public String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS);
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
