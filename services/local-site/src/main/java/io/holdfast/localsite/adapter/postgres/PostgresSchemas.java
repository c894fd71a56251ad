package io.holdfast.localsite.adapter.postgres;

import io.holdfast.localsite.identity.Secrets;
import io.holdfast.localsite.part.Part;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Properties;

/**
 * One database, and in it for each service one schema and one user that owns this schema and nothing else.
 *
 * <p>All statements can be repeated: they run at every start and bring an older directory up to date.
 */
public final class PostgresSchemas {
    public static final String DATABASE = "holdfast";
    static final String SUPERUSER = "postgres";

    private static final int LOGIN_LIMIT_SECONDS = 2;

    private final int port;
    private final Secrets secrets;

    public PostgresSchemas(int port, Secrets secrets) {
        this.port = port;
        this.secrets = secrets;
    }

    /** The schema of a service and the name of its user. */
    public static String schemaOf(Part service) {
        return service.text().replace('-', '_');
    }

    /** What a service connects to. */
    public static String jdbcUrl(int port, Part service) {
        return "jdbc:postgresql://127.0.0.1:%d/%s?currentSchema=%s".formatted(port, DATABASE, schemaOf(service));
    }

    public static String passwordOf(Secrets secrets, Part service) {
        return secrets.get("database-" + schemaOf(service));
    }

    static String superuserPassword(Secrets secrets) {
        return secrets.get("database-superuser");
    }

    /** Whether the server takes queries. */
    boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(LOGIN_LIMIT_SECONDS);
        } catch (SQLException notYet) {
            return false;
        }
    }

    /**
     * Creates what is missing.
     *
     * @throws SQLException when the server refuses; the start then fails with its message
     */
    void ensure(Collection<Part> services) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            if (!exists(statement, "SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                statement.execute("CREATE DATABASE " + DATABASE);
            }
            statement.execute("REVOKE ALL ON DATABASE " + DATABASE + " FROM PUBLIC");
        }
        try (Connection connection = connect(DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC");
            for (Part service : services) {
                for (String sql : statementsFor(statement, service)) {
                    statement.execute(sql);
                }
            }
        }
    }

    private List<String> statementsFor(Statement statement, Part service) throws SQLException {
        String name = schemaOf(service);
        // Passwords hold letters, digits, '-' and '_' only; names come from our own enum.
        String password = passwordOf(secrets, service);
        String verb = exists(statement, "SELECT 1 FROM pg_roles WHERE rolname = '" + name + "'") ? "ALTER" : "CREATE";
        return List.of(
                verb + " ROLE " + name + " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 20 PASSWORD '"
                        + password + "'",
                "GRANT CONNECT, TEMPORARY ON DATABASE " + DATABASE + " TO " + name,
                "CREATE SCHEMA IF NOT EXISTS " + name + " AUTHORIZATION " + name,
                "ALTER ROLE " + name + " SET search_path = " + name);
    }

    private static boolean exists(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }

    private Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", SUPERUSER);
        properties.setProperty("password", superuserPassword(secrets));
        properties.setProperty("connectTimeout", Integer.toString(LOGIN_LIMIT_SECONDS));
        properties.setProperty("loginTimeout", Integer.toString(LOGIN_LIMIT_SECONDS));
        properties.setProperty("socketTimeout", "30");
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database), properties);
    }
}
