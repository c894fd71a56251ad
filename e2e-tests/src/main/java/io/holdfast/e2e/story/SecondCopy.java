package io.holdfast.e2e.story;

import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.part.Part;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** A second process of a service beside the site's own, as after a cloned machine or a copied configuration. */
public final class SecondCopy implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path log;

    private SecondCopy(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts it with the site's settings, these ones changed, and an HTTP port of its own. */
    public static SecondCopy start(LocalSite site, Part service, Path work, Map<String, String> changed)
            throws IOException {
        Properties settings = new Properties();
        try (Reader in = Files.newBufferedReader(site.settingsFile(service))) {
            settings.load(in);
        }
        settings.setProperty("quarkus.http.port", Integer.toString(freePort()));
        changed.forEach(settings::setProperty);
        Path config = Files.createDirectories(work.resolve("config"));
        try (Writer out = Files.newBufferedWriter(config.resolve("application.properties"))) {
            settings.store(out, null);
        }
        Path log = work.resolve("output.log");
        Process process = new ProcessBuilder(site.command(service))
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new SecondCopy(process, log);
    }

    public static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    public void awaitOutput(String text) {
        Eventually.await("the second copy says " + text, LIMIT, () -> output().contains(text), this::output);
    }

    /** Waits until it has ended by itself. */
    public int exitCode() throws InterruptedException {
        if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still running: " + output());
        }
        return process.exitValue();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public String output() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            return "no output: " + unreadable.getMessage();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
