package io.holdfast.recoveryplan.support;

import static io.restassured.RestAssured.given;

import io.holdfast.kernel.id.PgId;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.security.TestTokens;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The REST interface as an operator uses it. */
public final class Api {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private Api() {}

    public static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("olga", role)).contentType(ContentType.JSON);
    }

    public static RequestSpecification operator() {
        return as("operator");
    }

    /** One recovery group for each protection group; each depends on the one before. */
    public static String chain(PgId... pgIds) {
        StringBuilder groups = new StringBuilder();
        for (int index = 0; index < pgIds.length; index++) {
            groups.append("""
                    %s{"name": "g%d", "pgIds": ["%s"], "dependsOn": [%s], "readiness": {"type": "NBD_EXPORT", "timeout": "PT20S"}}""".formatted(
                            index == 0 ? "" : ",", index, pgIds[index], index == 0 ? "" : "\"g" + (index - 1) + "\""));
        }
        return "{\"name\": \"plan %s\", \"groups\": [%s]}".formatted(UUID.randomUUID(), groups);
    }

    public static String createPlan(String body) {
        return operator()
                .body(body)
                .post("/api/v1/plans")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    public static String order(String plan, String body) {
        return operator()
                .body(body)
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
    }

    public static String orderTest(PgId... pgIds) {
        return order(createPlan(chain(pgIds)), "{\"mode\": \"TEST\"}");
    }

    public static JsonPath run(String id) {
        return as("viewer")
                .get("/api/v1/runs/" + id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    public static JsonPath report(String id) {
        return as("viewer")
                .get("/api/v1/runs/" + id + "/report")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    public static Response post(String path) {
        return operator().post(path);
    }

    /** Waits until the run is in one of the states, and answers with it. */
    public static JsonPath awaitState(String id, String... states) {
        Set<String> wanted = Arrays.stream(states).collect(Collectors.toSet());
        JsonPath[] seen = new JsonPath[1];
        Eventually.await(
                "run " + id + " is " + List.of(states),
                DEADLINE,
                () -> {
                    seen[0] = run(id);
                    return wanted.contains(seen[0].getString("state"));
                },
                () -> seen[0] == null ? "nothing" : seen[0].prettify());
        return seen[0];
    }
}
