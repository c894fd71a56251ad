package io.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.postgres.PostgresFixture;
import io.holdfast.testkit.security.TestTokens;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the fixtures promise to the tests that rest on them. */
class FixturesTest {
    private static Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(url, PostgresFixture.USERNAME, PostgresFixture.PASSWORD);
    }

    @Test
    void a_broker_keeps_its_port_and_its_records_over_a_stop() {
        try (var kafka = KafkaFixture.startOwn()) {
            String before = kafka.bootstrapServers();
            kafka.createTopic("t", 2, Map.of("cleanup.policy", "compact"));
            kafka.write("t", 1, "k", new byte[] {7});
            kafka.stop();
            kafka.stop();
            kafka.start();
            assertThat(kafka.bootstrapServers()).isEqualTo(before);
            assertThat(kafka.readAll("t")).singleElement().satisfies(record -> {
                assertThat(record.partition()).isEqualTo(1);
                assertThat(record.value()).containsExactly(7);
            });
            assertThat(kafka.endOffset("t", 1)).isEqualTo(1);
            assertThat(kafka.readAll("no-such-topic")).isEmpty();
        }
    }

    @Test
    void the_shared_broker_is_one() {
        assertThat(KafkaFixture.shared().bootstrapServers())
                .isEqualTo(KafkaFixture.shared().bootstrapServers());
    }

    @Test
    void a_database_keeps_its_port_and_its_rows_over_a_stop_and_each_database_is_empty() throws Exception {
        var postgres = PostgresFixture.shared();
        String url = postgres.newDatabase();
        assertThat(postgres.newDatabase()).isNotEqualTo(url);
        try (var connection = connect(url);
                var statement = connection.createStatement()) {
            statement.execute("create table t as select 42 as answer");
        }
        postgres.stop();
        assertThatThrownBy(() -> connect(url)).isInstanceOf(SQLException.class);
        postgres.start();
        try (var connection = connect(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select answer from t")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(42);
        }
    }

    @Test
    void a_token_is_signed_with_the_key_that_the_application_is_given() throws Exception {
        String[] parts = TestTokens.token("alice", "admin").split("\\.");
        var key = KeyFactory.getInstance("RSA")
                .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(TestTokens.publicKey())));
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(key);
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        String[] strange = TestTokens.signedByStranger("alice", "admin").split("\\.");
        signature.update((strange[0] + "." + strange[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(strange[2]))).isFalse();
    }

    @Test
    void waiting_ends_with_the_condition_or_with_the_evidence() {
        Eventually.await("at once", Duration.ZERO, () -> true);
        assertThatThrownBy(() -> Eventually.await("never", Duration.ofMillis(50), () -> false, () -> "saw 3 of 4"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("never")
                .hasMessageContaining("saw 3 of 4");
        assertThatThrownBy(() -> Eventually.until("broken", Duration.ofMillis(50), () -> {
                    throw new IllegalStateException("why");
                }))
                .hasMessageContaining("why");
    }
}
