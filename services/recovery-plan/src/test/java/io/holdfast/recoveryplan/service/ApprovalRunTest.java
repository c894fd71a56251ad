package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.createPlan;
import static io.holdfast.recoveryplan.support.Api.operator;
import static io.holdfast.recoveryplan.support.Api.order;
import static io.holdfast.recoveryplan.support.Api.report;
import static io.holdfast.recoveryplan.support.Api.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@ServiceUnderTest
@DisplayName("A run that asks for an approval")
class ApprovalRunTest {
    @Test
    void waitsVisiblyGoesOnWhenApprovedAndReportsWhoSaidWhat() {
        PgId pg = JournalStoreControl.group("");
        String plan = createPlan("""
                {"name": "plan %s", "groups": [{"name": "g", "pgIds": ["%s"], "approval": {"name": "go live", "text": "look first", "timeout": "PT1H"}}]}""".formatted(UUID.randomUUID(), pg));
        assertThat(as("viewer").get("/api/v1/plans/" + plan).jsonPath().getString("groups[0].approval.atLimit"))
                .isEqualTo("REJECT");
        String id = order(plan, "{\"mode\": \"TEST\"}");
        Eventually.until("the run waits for its approval", Duration.ofSeconds(60), () -> assertThat(
                        run(id).getString("approvals[0].state"))
                .isEqualTo("WAITING"));

        assertThat(run(id).getString("approvals[0].text")).isEqualTo("look first");
        assertThat(run(id).getList("steps.state", String.class)).contains("WAITING_FOR_APPROVAL");
        assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
        decide("viewer", id, "1.await-approval", "APPROVE").then().statusCode(403);
        decide("operator", id, "9.await-approval", "APPROVE").then().statusCode(404);
        decide("operator", id, "1.await-approval", "PERHAPS").then().statusCode(400);
        decide("operator", id, "1.await-approval", "APPROVE").then().statusCode(202);
        decide("operator", id, "1.await-approval", "APPROVE").then().statusCode(202);
        decide("operator", id, "1.await-approval", "REJECT").then().statusCode(409);

        awaitState(id, "READY");
        assertThat(report(id).getList("approvals[0].words.by", String.class)).containsExactly("olga");
        assertThat(report(id).getString("approvals[0].words[0].comment")).isEqualTo("so be it");
        operator().post("/api/v1/runs/" + id + "/cancel").then().statusCode(202);
        awaitState(id, "CANCELLED");
    }

    private static io.restassured.response.Response decide(String role, String run, String step, String decision) {
        return as(role).body("{\"decision\": \"%s\", \"comment\": \"so be it\"}".formatted(decision))
                .post("/api/v1/runs/" + run + "/approvals/" + step);
    }
}
