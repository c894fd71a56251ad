package io.holdfast.testkit.quarkus;

import io.holdfast.testkit.postgres.PostgresFixture;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} an empty database on the JVM's shared PostgreSQL.
 *
 * <pre>{@code @QuarkusTestResource(PostgresTestResource.class)}</pre>
 */
public final class PostgresTestResource implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        return Map.of(
                "quarkus.datasource.jdbc.url", PostgresFixture.shared().newDatabase(),
                "quarkus.datasource.username", PostgresFixture.USERNAME,
                "quarkus.datasource.password", PostgresFixture.PASSWORD);
    }

    /** The server belongs to the JVM; a test that stopped it and failed must not take the next test down with it. */
    @Override
    public void stop() {
        PostgresFixture.shared().start();
    }
}
