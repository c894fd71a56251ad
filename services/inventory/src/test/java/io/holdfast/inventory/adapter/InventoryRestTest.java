package io.holdfast.inventory.adapter;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;

import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.security.Roles;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The interface: who may do what, what is refused, how lists and repeated commands behave. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
class InventoryRestTest extends InventoryHarness {
    @Test
    void a_command_with_an_idempotency_key_is_carried_out_once() {
        String key = UUID.randomUUID().toString();
        String body = body(host, "once", "/disks/" + agent);
        String first = admin().header("Idempotency-Key", key)
                .body(body)
                .post("/api/v1/vms")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
        String second = admin().header("Idempotency-Key", key)
                .body(body)
                .post("/api/v1/vms")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
        assertThat(second).isEqualTo(first);
        admin().header("Idempotency-Key", key)
                .body(body(host, "other", "/disks/other"))
                .post("/api/v1/vms")
                .then()
                .statusCode(409)
                .body("code", equalTo("IDEMPOTENCY_KEY_REUSED"));
        assertThat(viewer().queryParam("hostId", host.toString())
                        .get("/api/v1/vms")
                        .jsonPath()
                        .getList("items"))
                .hasSize(1);
        admin().body(body).post("/api/v1/vms").then().statusCode(409).body("code", equalTo("BACKING_IN_USE"));
    }

    @Test
    void sites_are_registered_listed_and_named() {
        String name = "Paris " + agent;
        String id = admin().body("{\"name\":\"%s\"}".formatted(name))
                .post("/api/v1/sites")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        viewer().get("/api/v1/sites/" + id).then().body("name", equalTo(name)).body("local", equalTo(false));
        viewer().get("/api/v1/sites/" + LOCAL_SITE).then().body("local", equalTo(true));
        admin().body("{\"id\":\"%s\",\"name\":\"Lyon\"}".formatted(site))
                .post("/api/v1/sites")
                .then()
                .statusCode(201);
        viewer().get("/api/v1/sites/" + site).then().body("name", equalTo("Lyon"));
        admin().body("{\"id\":\"%s\",\"name\":\"Other\"}".formatted(site))
                .post("/api/v1/sites")
                .then()
                .statusCode(409)
                .body("code", equalTo("SITE_EXISTS"));
        viewer().queryParam("limit", 1000).get("/api/v1/sites").then().body("items.id", hasItem(id));
    }

    @Test
    void lists_are_paged_and_their_cursors_belong_to_them() {
        for (int i = 0; i < 5; i++) {
            request("vm" + i);
        }
        JsonPath page = viewer().queryParam("limit", 3)
                .queryParam("hostId", host.toString())
                .get("/api/v1/vms")
                .jsonPath();
        assertThat(page.getList("items")).hasSize(3);
        String cursor = page.getString("nextCursor");
        JsonPath rest = viewer().queryParam("limit", 3)
                .queryParam("hostId", host.toString())
                .queryParam("cursor", cursor)
                .get("/api/v1/vms")
                .jsonPath();
        assertThat(rest.getList("items")).hasSize(2);
        assertThat(rest.getString("nextCursor")).isNull();
        viewer().queryParam("cursor", cursor)
                .get("/api/v1/hosts")
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("cursor"));
        viewer().get("/api/v1/volumes").then().statusCode(200);
        viewer().get("/api/v1/agents").then().statusCode(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                  | hostId            | null
            {"hostId":"x","name":"a","volumes":[{"name":"r","backing":"/a"}]}    |                   | not a host id
            {"hostId":"$","id":"x","name":"a","volumes":[{"name":"r","backing":"/a"}]} |               | not a vm id
            {"hostId":"$","name":"a","volumes":[{"id":"x","name":"r","backing":"/a"}]} |               | not a volume id
            {"hostId":"$","name":"","volumes":[{"name":"r","backing":"/a"}]}     | name              | between 1 and 200
            {"hostId":"$","name":"a","volumes":[]}                              | volumes           | between 1 and 64
            {"hostId":"$","name":"a","volumes":[null]}                          | volumes[0]        | null
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"a"}]}    | volumes[0].backing | absolute path
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a\\u0000"}]} | volumes[0].backing | control characters
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a","x":1}]} | volumes[0].x | allowed here: backing, bus, format, id, name, qemuNode, serial
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a"},{"name":"r","backing":"/b"}]} | volumes[1].name | another volume
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a","format":"qed"}]} | volumes[0].format | raw, qcow2, vpc, vhdx or vmdk
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a","qemuNode":"d"}]} | volumes[0].qemuNode | belongs to TAP and INTERVAL
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a","qemuNode":"d"}],"capture":{"mode":"TAP"}} | capture.qmpSocket | they need it
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a"}],"capture":{"mode":"TAP","qmpSocket":"/q"}} | volumes[0].qemuNode | they need it
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a","qemuNode":"d"}],"capture":{"mode":"INTERVAL","qmpSocket":"/q","intervalMs":1000}} | capture.intervalMs | 30000, 300000 or 900000
            {"hostId":"$","name":"a","volumes":[{"name":"r","backing":"/a","qemuNode":"d"}],"capture":{"mode":"TAP","qmpSocket":"q"}} | capture.qmpSocket | absolute path
            """)
    void a_malformed_request_for_a_vm_is_refused_with_the_field(String body, String field, String message) {
        var problem = admin().body(body.replace("$", host.toString()))
                .post("/api/v1/vms")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body(containsString(message));
        if (field != null) {
            problem.body("violations.field", hasItem(field));
        }
    }

    @Test
    void an_unknown_host_is_refused() {
        admin().body(body(HostId.random(), "a", "/a"))
                .post("/api/v1/vms")
                .then()
                .statusCode(400)
                .body("code", equalTo("UNKNOWN_HOST"));
    }

    @Test
    void only_an_admin_changes_and_only_a_known_user_reads() {
        var recovery =
                given().auth().oauth2(TestTokens.token("rita", Roles.RECOVERY)).contentType("application/json");
        recovery.body(body(host, "a", "/a")).post("/api/v1/vms").then().statusCode(403);
        given().auth()
                .oauth2(TestTokens.token("rita", Roles.RECOVERY))
                .delete("/api/v1/vms/" + VmId.random())
                .then()
                .statusCode(403);
        for (String path : List.of("sites", "hosts", "agents", "vms", "volumes")) {
            given().get("/api/v1/" + path).then().statusCode(401);
            viewer().get("/api/v1/" + path).then().statusCode(200);
        }
    }

    @Test
    void health_and_meters_are_served() {
        viewer().get("/q/health").then().statusCode(200).body(containsString("inventory.agent-events"));
        Eventually.until("everything is counted", LIMIT, () -> given().get("/q/metrics")
                .then()
                .statusCode(200)
                .body(matchesPattern("(?s).*holdfast_inventory_agents\\{link=\"CONNECTED\"} [1-9].*"))
                .body(matchesPattern("(?s).*holdfast_inventory_vms\\{state=\"MISSING\"} [0-9].*"))
                .body(containsString("holdfast_dead_letters_total"))
                .body(containsString("holdfast_outbox_pending_rows")));
    }
}
