package io.holdfast.platform.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.holdfast.platform.security.Roles;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every service answers when something is wrong, through a real HTTP server. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
class ProblemsTest {
    private static final String THINGS = "/api/v1/things";

    @TestHTTPResource(THINGS)
    URI things;

    private static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("alice", role));
    }

    private static ValidatableResponse post(String body) {
        return as(Roles.ADMIN)
                .contentType("application/json")
                .body(body)
                .post(THINGS)
                .then();
    }

    private static ValidatableResponse isProblem(ValidatableResponse reply, int status, String code) {
        return reply.statusCode(status)
                .contentType("application/problem+json")
                .body("status", equalTo(status))
                .body("code", equalTo(code))
                .body("type", equalTo("urn:holdfast:error:" + code))
                .body("instance", matchesPattern("/.*"))
                .body("requestId", matchesPattern("[A-Za-z0-9._-]{1,64}"));
    }

    @Test
    void a_valid_request_comes_back_with_instants_in_utc_and_microseconds() {
        post("{\"name\":\"a\",\"count\":1,\"since\":\"2026-01-02T05:04:05.5+02:00\",\"grace\":\"PT90S\"}")
                .statusCode(200)
                .body("since", equalTo("2026-01-02T03:04:05.500000Z"))
                .body("grace", equalTo("PT1M30S"))
                .body("colour", nullValue());
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> hostileBodies() {
        return Stream.of(
                hostile(
                        "an unknown field",
                        "{\"name\":\"a\",\"nmae\":1}",
                        "nmae",
                        "unknown field; allowed here: colour"),
                hostile("an unknown enum constant", "{\"name\":\"a\",\"colour\":\"BLUE\"}", "colour", "[RED, GREEN]"),
                hostile("an enum by number", "{\"name\":\"a\",\"colour\":1}", "colour", "[RED, GREEN]"),
                hostile("a text for a number", "{\"name\":\"a\",\"count\":\"7\"}", "count", "a number in range"),
                hostile(
                        "a fraction for a whole number",
                        "{\"name\":\"a\",\"count\":7.5}",
                        "count",
                        "a number in range"),
                hostile(
                        "a number out of range",
                        "{\"name\":\"a\",\"count\":99999999999}",
                        "count",
                        "a number in range"),
                hostile("a number for a text", "{\"name\":7}", "name", "a text"),
                hostile("an object for a text", "{\"name\":{}}", "name", "a text"),
                hostile("no instant", "{\"name\":\"a\",\"since\":\"yesterday\"}", "since", "an instant such as"),
                hostile("no duration", "{\"name\":\"a\",\"grace\":\"5s\"}", "grace", "a duration such as"),
                hostile("an object for a list", "{\"name\":\"a\",\"parts\":{}}", "parts", "a list"),
                hostile(
                        "a wrong type deep inside",
                        "{\"parts\":[{\"name\":\"x\"},{\"name\":[]}]}",
                        "parts[1].name",
                        "a text"),
                hostile("a missing field", "{}", "name", "null"),
                hostile("a too long text", "{\"name\":\"01234567890\"}", "name", "between 1 and 10"),
                hostile("a bad element", "{\"name\":\"a\",\"parts\":[{\"name\":\"\"}]}", "parts[0].name", "between"),
                hostile("a list for the body", "[]", "body", "an object"));
    }

    private static org.junit.jupiter.params.provider.Arguments hostile(String... facts) {
        return org.junit.jupiter.params.provider.Arguments.of((Object[]) facts);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileBodies")
    void a_body_that_breaks_a_rule_is_refused_with_the_field_and_what_is_allowed(
            String what, String body, String field, String message) {
        isProblem(post(body), 400, "INVALID_REQUEST")
                .body("violations.field", hasItem(field))
                .body("violations.find { it.field == '%s' }.message".formatted(field), containsString(message));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"name":                       | not valid JSON
            {"name":"a"} trailing          | JSON
            {"name":"a","name":"b"}        | holds twice the field 'name'
            not json                       | not valid JSON
            {'name':'a'}                   | not valid JSON
            """)
    void a_body_that_is_not_json_is_refused(String body, String detail) {
        isProblem(post(body), 400, "INVALID_REQUEST").body("detail", containsString(detail));
    }

    @Test
    void an_empty_body_is_refused() {
        isProblem(post(""), 400, "INVALID_REQUEST");
    }

    /** By a plain client: the other one formats the body for its log, and that takes all memory. */
    private int statusOf(String body) throws Exception {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            var request = java.net.http.HttpRequest.newBuilder(things)
                    .version(java.net.http.HttpClient.Version.HTTP_1_1)
                    .header("Content-Type", "application/json")
                    .header("Authorization", "Bearer " + TestTokens.token("alice", Roles.ADMIN))
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body))
                    .build();
            return client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }

    @Test
    void json_nested_without_end_is_refused_and_the_service_goes_on() throws Exception {
        assertThat(statusOf("{\"parts\":" + "[".repeat(200_000))).isEqualTo(400);
        post("{\"name\":\"a\"}").statusCode(200);
    }

    @Test
    void a_body_over_the_limit_is_refused() throws Exception {
        assertThat(statusOf("{\"name\":\"" + "x".repeat(2 << 20) + "\"}")).isEqualTo(413);
    }

    @Test
    void an_error_code_decides_the_status() {
        isProblem(
                as(Roles.VIEWER)
                        .get(THINGS + "/6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10")
                        .then(),
                404,
                "NOT_FOUND");
        isProblem(as(Roles.VIEWER).get(THINGS + "/17").then(), 400, "INVALID_ID");
    }

    @Test
    void an_unknown_path_a_wrong_method_and_a_wrong_media_type_have_their_problem() {
        isProblem(as(Roles.VIEWER).get("/api/v1/nothing").then(), 404, "NOT_FOUND");
        isProblem(as(Roles.ADMIN).delete(THINGS).then(), 405, "INVALID_REQUEST");
        isProblem(
                as(Roles.ADMIN)
                        .contentType("text/xml")
                        .body("<a/>")
                        .post(THINGS)
                        .then(),
                415,
                "INVALID_REQUEST");
    }

    @Test
    void a_defect_answers_with_the_request_id_and_without_internals() {
        isProblem(
                        as(Roles.VIEWER)
                                .header("X-Request-Id", "my-request.1")
                                .get(THINGS + "/broken")
                                .then(),
                        500,
                        "INTERNAL")
                .header("X-Request-Id", "my-request.1")
                .body("requestId", equalTo("my-request.1"))
                .body("detail", endsWith("my-request.1"))
                .body("detail", not(containsString("secret")));
    }

    @ParameterizedTest
    @CsvSource({"'has space'", "'ümlaut'", "''", "'a/b'"})
    void a_request_id_that_could_forge_a_log_line_is_replaced(String given) {
        String id = as(Roles.VIEWER).header("X-Request-Id", given).get(THINGS).header("X-Request-Id");
        assertThat(id).isNotEqualTo(given).hasSize(36);
    }

    @Test
    void nobody_gets_in_without_a_token_or_with_a_bad_one() {
        isProblem(given().get(THINGS).then(), 401, "UNAUTHENTICATED").header("WWW-Authenticate", "Bearer");
        for (String bad : new String[] {
            "x.y.z", TestTokens.expired("alice", Roles.ADMIN), TestTokens.signedByStranger("alice", Roles.ADMIN)
        }) {
            isProblem(given().auth().oauth2(bad).get(THINGS).then(), 401, "UNAUTHENTICATED");
        }
    }

    @Test
    void roles_include_the_lower_ones_and_not_the_higher_ones() {
        as(Roles.ADMIN).get(THINGS).then().statusCode(200);
        as(Roles.RECOVERY).get(THINGS).then().statusCode(200);
        isProblem(
                as(Roles.RECOVERY)
                        .contentType("application/json")
                        .body("{}")
                        .post(THINGS)
                        .then(),
                403,
                "FORBIDDEN");
        isProblem(as("stranger").get(THINGS).then(), 403, "FORBIDDEN");
    }

    @Test
    void a_method_that_nobody_annotated_is_denied_even_to_an_admin() {
        isProblem(as(Roles.ADMIN).get(THINGS + "/forgotten").then(), 403, "FORBIDDEN");
    }

    @Test
    void a_list_is_read_to_its_end_by_cursors() {
        String cursor = null;
        int seen = 0;
        do {
            var reply = as(Roles.VIEWER).queryParam("limit", 100).queryParam("cursor", cursor == null ? "" : cursor);
            var page = reply.get(THINGS).then().statusCode(200).extract().jsonPath();
            seen += page.getList("items").size();
            cursor = page.getString("nextCursor");
        } while (cursor != null);
        assertThat(seen).isEqualTo(250);
    }

    @ParameterizedTest
    @CsvSource({"0", "1001", "-1", "abc", "1.5", "99999999999999999999"})
    void a_limit_out_of_range_is_refused(String limit) {
        isProblem(as(Roles.VIEWER).queryParam("limit", limit).get(THINGS).then(), 400, "INVALID_REQUEST")
                .body("violations", hasSize(1))
                .body("violations[0].field", equalTo("limit"));
    }

    @Test
    void the_interfaces_for_machines_are_served() {
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/metrics").then().statusCode(200).body(containsString("jvm_memory"));
        given().get("/q/openapi").then().statusCode(200).body(containsString("/api/v1/things"));
    }
}
