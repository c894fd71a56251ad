package io.holdfast.testkit.postgres;

import io.holdfast.testkit.SharedInJvm;
import java.util.function.UnaryOperator;

/**
 * A real PostgreSQL for tests: one server per test JVM, one fresh database for whoever asks. Works as root too.
 *
 * <pre>{@code
 * String url = PostgresFixture.shared().newDatabase();   // user and password: postgres
 * }</pre>
 */
public final class PostgresFixture {
    public static final String USERNAME = "postgres";
    public static final String PASSWORD = "postgres";

    private final UnaryOperator<String> server =
            SharedInJvm.reach("io.holdfast.testkit.postgres.EmbeddedServer", "shared");

    private PostgresFixture() {}

    /** The server that all tests of this JVM share; started by the first call, stopped with the JVM. */
    public static PostgresFixture shared() {
        return new PostgresFixture();
    }

    /** Creates an empty database and answers with its JDBC address. */
    public String newDatabase() {
        return server.apply("newDatabase");
    }

    /** Stops the server in order; data and port stay. Start it again at the end of the test. */
    public void stop() {
        server.apply("stop");
    }

    public void start() {
        server.apply("start");
    }
}
