package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.createPlan;
import static io.holdfast.recoveryplan.support.Api.operator;
import static io.holdfast.recoveryplan.support.Api.order;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@ServiceUnderTest
@DisplayName("A run with hooks")
class HookRunTest {
    @Test
    void passesOverWhatThePlanLetsFailAndIsUndoneByWhatItDoesNot() {
        PgId pg = JournalStoreControl.group("");
        String hook = "{\"name\": \"%s\", \"inTest\": true, \"onFailure\": \"%s\", \"%s\": %s}";
        String plan = createPlan("""
                {"name": "plan %s", "steps": {"attempts": 3}, "groups": [{"name": "g", "pgIds": ["%s"], "hooks": {"before": [%s], "after": [%s]}}]}""".formatted(
                        UUID.randomUUID(),
                        pg,
                        hook.formatted(
                                "notify",
                                "CONTINUE",
                                "http",
                                "{\"url\": \"http://169.254.169.254/\", \"headers\": [{\"name\": \"X-Token\", \"secret\": \"t\"}]}"),
                        hook.formatted("dns", "STOP", "program", "{\"name\": \"dns.sh\", \"arguments\": [\"up\"]}")));
        JsonPath shown = as("viewer").get("/api/v1/plans/" + plan).jsonPath();
        assertThat(shown.getInt("steps.attempts")).isEqualTo(3);
        assertThat(shown.getString("groups[0].hooks.before[0].http.headers[0].secret"))
                .isEqualTo("t");
        assertThat(shown.getString("groups[0].hooks.after[0].onUnknown")).isEqualTo("RUN_AGAIN");

        JsonPath refused = operator()
                .body("{\"mode\": \"TEST\"}")
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(409)
                .extract()
                .jsonPath();
        assertThat(refused.getString("code")).isEqualTo("PLAN_HAS_ERRORS");
        assertThat(refused.getString("detail")).contains("'dns'", "'notify'", "HOOK_NOT_ALLOWED");
        JsonPath lint = as("viewer").get("/api/v1/plans/" + plan + "/preflight").jsonPath();
        assertThat(lint.getBoolean("ok")).isFalse();
        assertThat(lint.getList("findings.findAll { it.blocks }.code", String.class))
                .containsExactly("HOOK_NOT_ALLOWED", "HOOK_NOT_ALLOWED");
        assertThat(lint.getList("findings.toDo", String.class))
                .doesNotContain("")
                .doesNotContainNull();

        JsonPath run = awaitState(order(plan, "{\"mode\": \"TEST\", \"force\": true}"), "FAILED", "READY", "SUCCEEDED");

        assertThat(run.getString("state")).as(run.prettify()).isEqualTo("FAILED");
        assertThat(run.getString("error.code")).isEqualTo("HOOK_NOT_ALLOWED");
        assertThat(run.getString("error.message")).contains("program-directory");
        assertThat(run.getString("steps.find { it.id == '1.before-hook.1' }.detail"))
                .contains("http-hosts");
        assertThat(run.getString("steps.find { it.id == '1.open-session.1' }.state"))
                .isEqualTo("SUCCEEDED");
        assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
    }
}
