package io.holdfast.inventory.adapter;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.holdfast.inventory.adapter.https.TestSite;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.PeerToken;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.security.Roles;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairing as an administrator meets it: this service with its real database, and another site on the other end of a real connection. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(value = PairingTestResource.class, restrictToAnnotatedClass = true)
class PairingRestTest {
    private static final String INVITATIONS = "/api/v1/sites/invitations";
    private static final String PEERS = "/api/v1/sites/peers";

    @TempDir
    Path folder;

    @Inject
    Vertx vertx;

    @Inject
    DataSource database;

    private TestSite other;

    @BeforeEach
    void anotherSite() {
        other = new TestSite(folder, vertx, "paris");
    }

    @AfterEach
    void closeIt() {
        other.close();
    }

    private static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("adam", role)).contentType("application/json");
    }

    private static String invite() {
        return as(Roles.ADMIN)
                .body("{\"life\":\"PT10M\"}")
                .post(INVITATIONS)
                .then()
                .statusCode(201)
                .header("Cache-Control", equalTo("no-store"))
                .body("invitation.state", equalTo("OPEN"))
                .body("invitation.createdBy", equalTo("adam"))
                .extract()
                .path("token");
    }

    @Test
    void a_site_joins_with_a_token_is_listed_and_can_be_revoked() {
        PeerToken token = PeerToken.parse(invite());
        other.join(token);

        String id = other.id().toString();
        as(Roles.VIEWER)
                .get(PEERS + "/" + id)
                .then()
                .statusCode(200)
                .body("name", equalTo("paris"))
                .body("state", equalTo("PAIRED"))
                .body("calledAt", nullValue());
        as(Roles.VIEWER).get(PEERS).then().body("items.id", hasItem(id));
        as(Roles.VIEWER).get("/api/v1/sites/" + id).then().body("name", equalTo("paris"));
        as(Roles.VIEWER)
                .get(INVITATIONS)
                .then()
                .body("items.find{it.id=='%s'}.state".formatted(token.invitation()), equalTo("USED"));

        as(Roles.ADMIN).delete(PEERS + "/" + id).then().statusCode(200).body("state", equalTo("REVOKED"));
        as(Roles.ADMIN).delete(PEERS + "/" + id).then().statusCode(200).body("state", equalTo("REVOKED"));
        assertThat(codeOf(() -> other.join(token))).isEqualTo(PairingError.INVITATION_USED.name());
    }

    @Test
    void this_site_joins_another_by_REST_and_may_say_it_twice() {
        other.openPort();
        String token = other.inviteOut();

        for (int time = 0; time < 2; time++) {
            as(Roles.ADMIN)
                    .body("{\"token\":\" %s \\n\"}".formatted(token))
                    .post(PEERS)
                    .then()
                    .statusCode(201)
                    .header("Location", not(nullValue()))
                    .body("id", equalTo(other.id().toString()))
                    .body("state", equalTo("PAIRED"))
                    .body("calledAt", equalTo("127.0.0.1:" + other.openedPort()));
        }
    }

    @Test
    void this_site_calls_the_one_that_it_joined_and_shows_what_it_tells() {
        other.openPort();
        other.protects("erp");
        as(Roles.ADMIN)
                .body("{\"token\":\"%s\"}".formatted(other.inviteOut()))
                .post(PEERS)
                .then()
                .statusCode(201);
        String path = PEERS + "/" + other.id();

        Eventually.await(
                "the peer is heard",
                Duration.ofSeconds(60),
                () -> as(Roles.VIEWER)
                        .get(path)
                        .jsonPath()
                        .getString("status.reach")
                        .equals("CURRENT"),
                () -> as(Roles.VIEWER).get(path).asString());

        as(Roles.VIEWER)
                .get(path)
                .then()
                .body("status.health", equalTo("OK"))
                .body("status.groupCount", equalTo(1))
                .body("status.failure", nullValue());
        as(Roles.VIEWER)
                .get(path + "/groups")
                .then()
                .statusCode(200)
                .body("items.name", equalTo(List.of("erp")))
                .body("items[0].reach", equalTo("CURRENT"))
                .body("items[0].rpo", nullValue());
        as(Roles.VIEWER).get(path + "/vms?limit=1").then().statusCode(200).body("items.size()", equalTo(1));
        as(Roles.VIEWER).get("/api/v1/sites/status").then().statusCode(200).body("sequence", greaterThan(0));
        assertThat(other.hasHeard(InventoryHarness.LOCAL_SITE)).isTrue();
    }

    @Test
    void the_database_holds_no_secret() throws SQLException {
        PeerToken token = PeerToken.parse(invite());
        String dump = everythingStored();

        assertThat(dump).contains(token.invitation().toString());
        assertThat(dump)
                .doesNotContain(HexFormat.of().formatHex(token.secret()))
                .doesNotContain(Base64.getUrlEncoder().withoutPadding().encodeToString(token.secret()))
                .doesNotContain(token.encoded());
    }

    private String everythingStored() throws SQLException {
        StringBuilder dump = new StringBuilder();
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            for (String table : List.of("invitation", "peer", "site", "idempotency_key")) {
                try (var rows = statement.executeQuery("select t::text from %s t".formatted(table))) {
                    while (rows.next()) {
                        dump.append(rows.getString(1)).append('\n');
                    }
                }
            }
        }
        return dump.toString();
    }

    @Test
    void of_many_sites_at_once_with_one_token_one_joins() throws Exception {
        PeerToken token = PeerToken.parse(invite());
        List<TestSite> crowd = new ArrayList<>();
        for (int number = 0; number < 4; number++) {
            crowd.add(new TestSite(folder, vertx, "crowd-" + number));
        }
        List<String> ends = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> running = threads.invokeAll(crowd.stream()
                    .<Callable<String>>map(site -> () -> codeOf(() -> site.join(token)))
                    .toList());
            for (Future<String> one : running) {
                ends.add(one.get(90, TimeUnit.SECONDS));
            }
        }
        assertThat(ends).containsOnlyOnce("JOINED").containsOnly("JOINED", "INVITATION_USED");
    }

    private static String codeOf(Runnable join) {
        try {
            join.run();
            return "JOINED";
        } catch (HoldfastException refused) {
            return refused.code().name();
        }
    }

    @Test
    void only_an_administrator_invites_joins_and_revokes() {
        as(Roles.RECOVERY).body("{}").post(INVITATIONS).then().statusCode(403);
        as(Roles.RECOVERY).body("{\"token\":\"x\"}").post(PEERS).then().statusCode(403);
        as(Roles.RECOVERY).delete(PEERS + "/" + other.id()).then().statusCode(403);
        given().get(PEERS).then().statusCode(401);
    }

    @Test
    void what_is_wrong_is_said_with_a_code() {
        as(Roles.ADMIN)
                .body("{\"token\":\"x\"}")
                .post(PEERS)
                .then()
                .statusCode(400)
                .body("code", equalTo("TOKEN_MALFORMED"));
        as(Roles.ADMIN).body("{}").post(PEERS).then().statusCode(400).body("code", equalTo("INVALID_REQUEST"));
        String own = invite();
        as(Roles.ADMIN)
                .body("{\"token\":\"%s\"}".formatted(own))
                .post(PEERS)
                .then()
                .statusCode(409)
                .body("code", equalTo("PAIRING_WITH_ITSELF"));
        as(Roles.ADMIN).body("{\"life\":\"PT1S\"}").post(INVITATIONS).then().statusCode(400);
        as(Roles.ADMIN).body("{\"life\":\"P30D\"}").post(INVITATIONS).then().statusCode(400);
        as(Roles.ADMIN).delete(PEERS + "/" + other.id()).then().statusCode(404).body("code", equalTo("PEER_NOT_FOUND"));
        as(Roles.ADMIN).delete(INVITATIONS + "/x").then().statusCode(400).body("code", equalTo("INVALID_ID"));
        as(Roles.ADMIN)
                .delete(INVITATIONS + "/" + PeerToken.parse(own).invitation())
                .then()
                .statusCode(200)
                .body("state", equalTo("REVOKED"));
        assertThat(codeOf(() -> other.join(PeerToken.parse(own)))).isEqualTo("INVITATION_REVOKED");
    }
}
