package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.chain;
import static io.holdfast.recoveryplan.support.Api.createPlan;
import static io.holdfast.recoveryplan.support.Api.operator;
import static io.holdfast.recoveryplan.support.Api.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.runtime.RehearsalDesk;
import io.holdfast.recoveryplan.adapter.runtime.RunExecutor;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@ServiceUnderTest
@DisplayName("A plan with a schedule")
class RehearsalTest {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final int INSTANCES = 6;

    @Inject
    RehearsalDesk desk;

    @Inject
    RunExecutor executor;

    /** A failover that another test has left READY would keep every rehearsal away. */
    @BeforeEach
    void noFailoverGoesOn() {
        for (String state : List.of("READY", "HALTED")) {
            as("viewer")
                    .get("/api/v1/runs?limit=1000&state=" + state)
                    .jsonPath()
                    .<String>getList("items.findAll { it.mode != 'TEST' }.id")
                    .forEach(run -> {
                        as("recovery").post("/api/v1/runs/" + run + "/rollback");
                        awaitState(run, "ROLLED_BACK", "FAILED");
                    });
        }
    }

    @Test
    void isRehearsedWhenItIsDueAndFinishedAndCountsAsTestedThen() {
        String plan = createPlan(chain(JournalStoreControl.group("")));
        assertThat(policy(plan).getString("test.state")).isEqualTo("NEVER_TESTED");
        Instant first = Instant.now().plusSeconds(2);

        put(plan, "{\"schedule\": {\"every\": \"PT1H\", \"from\": \"%s\"}}".formatted(first));
        JsonPath line = awaitLine(plan, "ORDERED");

        assertThat(line.getString("items[0].orderedBy")).isEqualTo("rehearsal schedule");
        assertThat(Instant.parse(line.getString("items[0].dueAt")))
                .isCloseTo(first, org.assertj.core.api.Assertions.within(Duration.ofMillis(1)));
        JsonPath run = awaitState(line.getString("items[0].runId"), "SUCCEEDED", "FAILED");
        assertThat(run.getBoolean("recovered")).as(run.prettify()).isTrue();
        assertThat(Api.report(run.getString("id")).getString("endedBy")).isEqualTo("rehearsal schedule");
        JsonPath after = policy(plan);
        assertThat(after.getString("test.state")).isEqualTo("TESTED");
        assertThat(after.getBoolean("test.overdue")).isFalse();
        assertThat(Instant.parse(after.getString("nextAt"))).isAfter(first.plus(Duration.ofMinutes(59)));
        as("viewer")
                .get("/api/v1/plans/" + plan + "/preflight")
                .then()
                .body("findings.code", org.hamcrest.Matchers.not(hasItem("NEVER_TESTED")));
    }

    @Test
    void isRehearsedOnceHoweverManyInstancesLook() throws Exception {
        String plan = scheduled("RUN_ONCE");
        Instant due = Instant.now().plus(Duration.ofHours(2));

        List<RunId> runs = allAtOnce(PlanId.parse(plan), due);

        assertThat(runs).hasSize(1);
        assertThat(history(plan).getList("items")).hasSize(1);
        assertThat(allAtOnce(PlanId.parse(plan), due)).isEmpty();
    }

    @Test
    void isRehearsedOnceForAllTimesThatPassedWhileNobodyLooked() {
        String plan = scheduled("RUN_ONCE");

        Optional<RunId> run = desk.take(PlanId.parse(plan), Instant.now().plus(Duration.ofMinutes(60 + 5 * 60 + 30)));

        assertThat(run).isPresent();
        assertThat(history(plan).getInt("items[0].missedBefore")).isEqualTo(5);
    }

    @Test
    void leavesOutWhatWasMissedWhenItSaysSo() {
        String plan = scheduled("SKIP");

        assertThat(desk.take(PlanId.parse(plan), Instant.now().plus(Duration.ofMinutes(90))))
                .isEmpty();

        assertThat(history(plan).getString("items[0].outcome")).isEqualTo("SKIPPED");
        assertThat(history(plan).getString("items[0].code")).isEqualTo("TIME_MISSED");
    }

    @Test
    void isNotRehearsedWhileARunOfItGoesOn() {
        String plan = scheduled("RUN_ONCE");
        String manual = order(plan, "{\"mode\": \"TEST\"}");
        awaitState(manual, "READY");

        assertThat(desk.take(PlanId.parse(plan), Instant.now().plus(Duration.ofHours(2))))
                .isEmpty();

        JsonPath lines = history(plan);
        assertThat(lines.getList("items.code")).containsOnlyOnce("PLAN_BUSY");
        assertThat(lines.getList("items.runId"))
                .as("a person's rehearsal is in the history, too")
                .contains(manual);
        Api.post("/api/v1/runs/" + manual + "/finish").then().statusCode(202);
    }

    @Test
    void isNotRehearsedWhileTheSiteIsInAFailover() {
        String plan = scheduled("RUN_ONCE");
        String other = createPlan(chain(JournalStoreControl.group("")));
        String failover = as("recovery")
                .body("{\"mode\": \"UNPLANNED\"}")
                .post("/api/v1/plans/" + other + "/runs")
                .then()
                .statusCode(202)
                .extract()
                .path("id");

        assertThat(desk.take(PlanId.parse(plan), Instant.now().plus(Duration.ofHours(2))))
                .isEmpty();

        assertThat(history(plan).getString("items[0].code")).isEqualTo("SITE_IN_FAILOVER");
        assertThat(history(plan).getString("items[0].reason")).contains(failover);
        as("recovery").post("/api/v1/runs/" + failover + "/rollback").then().statusCode(202);
        awaitState(failover, "ROLLED_BACK", "FAILED");
    }

    @Test
    void notesWhyAnOrderWasRefused() {
        PgId unknown = JournalStoreControl.group("");
        String plan = createPlan(chain(unknown).replace("\"readiness\"", "\"powerOn\": true, \"readiness\""));

        put(
                plan,
                "{\"schedule\": {\"every\": \"PT1H\", \"from\": \"%s\"}}"
                        .formatted(Instant.now().plusSeconds(1)));
        JsonPath line = awaitLine(plan, "SKIPPED");

        assertThat(line.getString("items[0].code")).isEqualTo("MACHINES_UNKNOWN");
        assertThat(line.getString("items[0].reason")).contains(unknown.toString());
        assertThat(policy(plan).getString("nextAt")).isNotNull();
    }

    @Test
    void goesOnServingForAsLongAsItSays() throws Exception {
        String plan = createPlan(chain(JournalStoreControl.group("")));
        put(plan, """
                {"schedule": {"every": "PT1H", "serveFor": "PT4S", "from": "%s"}}""".formatted(Instant.now().plusSeconds(1)));

        String run = awaitLine(plan, "ORDERED").getString("items[0].runId");
        awaitState(run, "SUCCEEDED", "FAILED");

        JsonPath report = Api.report(run);
        assertThat(report.getString("state")).isEqualTo("SUCCEEDED");
        Instant ready = Instant.parse(report.getString("groups[0].readyAt"));
        Instant closed = Instant.parse(report.getString("steps.find { it.kind == 'CLOSE_SESSION' }.startedAt"));
        assertThat(Duration.between(ready, closed)).isGreaterThanOrEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void hasItsOwnLimitForTestsAndGivesItBack() {
        String plan = createPlan(chain(JournalStoreControl.group("")));

        put(plan, "{\"overdueAfter\": \"PT2160H\"}");
        assertThat(Duration.parse(policy(plan).getString("test.overdueAfter"))).isEqualTo(Duration.ofDays(90));
        operator().delete("/api/v1/plans/" + plan + "/rehearsal-policy").then().statusCode(204);
        assertThat(Duration.parse(policy(plan).getString("test.overdueAfter"))).isEqualTo(Duration.ofDays(180));

        as("viewer")
                .get("/api/v1/rehearsals?limit=1000")
                .then()
                .statusCode(200)
                .body("items.find { it.planId == '%s' }.test.overdue".formatted(plan), equalTo(true));
    }

    @Test
    void isRefusedWithAllThatIsWrong() {
        String plan = createPlan(chain(JournalStoreControl.group("")));
        operator()
                .body("{\"overdueAfter\": \"PT1S\", \"schedule\": {\"cron\": \"* * * * *\"}}")
                .put("/api/v1/plans/" + plan + "/rehearsal-policy")
                .then()
                .statusCode(400)
                .body("violations.field", hasItem("overdueAfter"))
                .body("violations.field", hasItem("schedule.cron"));
        as("viewer")
                .body("{}")
                .put("/api/v1/plans/" + plan + "/rehearsal-policy")
                .then()
                .statusCode(403);
        operator()
                .get("/api/v1/plans/" + PlanId.random() + "/rehearsal-policy")
                .then()
                .statusCode(404);
    }

    @Test
    void showsItsHistoryPageByPage() {
        String plan = scheduled("SKIP");
        for (int hours = 2; hours < 7; hours++) {
            desk.take(
                    PlanId.parse(plan),
                    Instant.now().plus(Duration.ofHours(hours).plusMinutes(30)));
        }
        JsonPath first = as("viewer")
                .get("/api/v1/plans/" + plan + "/rehearsals?limit=3")
                .jsonPath();
        assertThat(first.getList("items")).hasSize(3);
        JsonPath second = as("viewer")
                .queryParam("cursor", first.getString("nextCursor"))
                .get("/api/v1/plans/" + plan + "/rehearsals?limit=3")
                .jsonPath();
        assertThat(second.getList("items")).hasSize(2);
        assertThat(first.<String>getList("items.dueAt")).doesNotContainAnyElementsOf(second.getList("items.dueAt"));
    }

    /** Due every hour, first in an hour, which only {@code desk} with another clock sees. */
    private static String scheduled(String missed) {
        String plan = createPlan(chain(JournalStoreControl.group("")));
        put(plan, """
                {"schedule": {"every": "PT1H", "from": "%s", "missed": "%s"}}""".formatted(Instant.now().plus(Duration.ofHours(1)), missed));
        return plan;
    }

    private List<RunId> allAtOnce(PlanId plan, Instant now) throws Exception {
        Callable<Optional<RunId>> look = () -> desk.take(plan, now);
        try (ExecutorService threads = Executors.newFixedThreadPool(INSTANCES)) {
            List<Future<Optional<RunId>>> looks = threads.invokeAll(java.util.Collections.nCopies(INSTANCES, look));
            java.util.ArrayList<RunId> runs = new java.util.ArrayList<>();
            for (Future<Optional<RunId>> each : looks) {
                each.get().ifPresent(runs::add);
            }
            runs.forEach(executor::changed);
            return runs;
        }
    }

    private static void put(String plan, String policy) {
        operator()
                .body(policy)
                .put("/api/v1/plans/" + plan + "/rehearsal-policy")
                .then()
                .statusCode(200);
    }

    private static JsonPath policy(String plan) {
        return as("viewer")
                .get("/api/v1/plans/" + plan + "/rehearsal-policy")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private static JsonPath history(String plan) {
        return as("viewer")
                .get("/api/v1/plans/" + plan + "/rehearsals")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private static JsonPath awaitLine(String plan, String outcome) {
        Eventually.await(
                "plan %s has a rehearsal that is %s".formatted(plan, outcome),
                LONG,
                () -> history(plan).getList("items.outcome").contains(outcome),
                () -> history(plan).prettify());
        return history(plan);
    }
}
