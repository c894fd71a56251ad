package io.holdfast.testkit.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * One PostgreSQL of this JVM. Tests use it through {@link PostgresFixture}.
 *
 * <p>Commands of {@link #apply}: {@code newDatabase} answers with the JDBC address of an empty database; {@code stop} and
 * {@code start} keep data and port.
 */
public final class EmbeddedServer implements UnaryOperator<String> {
    private static EmbeddedServer shared;

    private final Path directory;
    private final AtomicInteger databases = new AtomicInteger();
    private EmbeddedPostgres server;
    private int port;

    private EmbeddedServer(Path directory) {
        this.directory = directory;
    }

    /** The server that all tests of this JVM share; started by the first call. */
    public static synchronized UnaryOperator<String> shared() {
        if (shared == null) {
            try {
                var starting = new EmbeddedServer(Files.createTempDirectory("holdfast-test-postgres"));
                starting.start();
                Runtime.getRuntime().addShutdownHook(new Thread(starting::destroy, "test-postgres-stop"));
                shared = starting;
            } catch (IOException failure) {
                throw new IllegalStateException("the test database did not start: " + failure, failure);
            }
        }
        return shared;
    }

    @Override
    public synchronized String apply(String command) {
        try {
            return switch (command) {
                case "newDatabase" -> newDatabase();
                case "stop" -> {
                    stop();
                    yield "";
                }
                case "start" -> {
                    start();
                    yield "";
                }
                default -> throw new IllegalArgumentException("the test database knows no command " + command);
            };
        } catch (IOException | SQLException failure) {
            throw new IllegalStateException("the test database failed at " + command + ": " + failure, failure);
        }
    }

    private String newDatabase() throws SQLException {
        String name = "test" + databases.incrementAndGet();
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("create database " + name);
        }
        return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, name);
    }

    private void start() throws IOException {
        if (server == null) {
            server = EmbeddedPostgres.builder()
                    .setDataDirectory(directory.resolve("data"))
                    .setOverrideWorkingDirectory(directory.resolve("work").toFile())
                    // Else its stop deletes the data. A folder without data is set up in either case.
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setPort(port)
                    .setPGStartupWait(Duration.ofSeconds(30))
                    // Tests lose nothing by it and it is much of their time.
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "200")
                    .start();
            port = server.getPort();
        }
    }

    private void stop() throws IOException {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private synchronized void destroy() {
        try {
            stop();
            try (var files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException | UncheckedIOException leftBehind) {
            System.err.println("the test database's folder " + directory + " could not be deleted: " + leftBehind);
        }
    }
}
