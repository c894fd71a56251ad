package io.holdfast.protectiongroup.adapter;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.security.Roles;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people send, right and wrong. */
@QuarkusTest
class RequestsTest extends ServiceTest {
    private static final String SOME_ID = "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10";

    @TestHTTPResource
    URI base;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | name vmIds",
                "{'name': '', 'vmIds': ['%s']} | name",
                "{'name': 'a', 'vmIds': []} | vmIds",
                "{'name': 'a', 'vmIds': ['%s', '%s']} | vmIds[1]",
                "{'name': 'a', 'vmIds': ['1-1-1-1-1']} | vmIds[0]",
                "{'name': 'a', 'vmIds': ['%s'], 'checkpointInterval': 'PT0.5S'} | checkpointInterval",
                "{'name': 'a', 'vmIds': ['%s'], 'checkpointInterval': '5s'} | checkpointInterval",
                "{'name': 'a', 'vmIds': ['%s'], 'checkpointInterval': 'PT9999999999999999999H'} | checkpointInterval",
                "{'name': 'a', 'vmIds': ['%s'], 'history': 'P31D', 'rpoObjective': 'PT1S'} | history rpoObjective",
                "{'name': 'a', 'vmIds': ['%s'], 'history': 'PT-1H'} | history rpoObjective",
                "{'name': 'a', 'vmIds': ['%s'], 'journalLimitBytes': 1} | journalLimitBytes",
                "{'name': 'a', 'vmIds': ['%s'], 'journalLimitBytes': -5} | journalLimitBytes",
                "{'name': 'a', 'vmIds': ['%s'], 'excludedVolumeIds': ['x']} | excludedVolumeIds[0]",
                "{'name': 'a', 'vmIds': ['%s'], 'priority': 10, 'appCheckpointInterval': 'x'} | priority appCheckpointInterval",
                "{'name': 'a', 'vmIds': ['%s'], 'appCheckpointInterval': 'PT1S', 'rate': {'bytesPerSecond': 5}} | appCheckpointInterval rate.bytesPerSecond",
                "{'name': 'a', 'vmIds': ['%s'], 'rate': {'windows': [null, {'to': '24:00'}]}} | rate.windows[0] rate.windows[1].from rate.windows[1].to",
                "{'name': 'a', 'vmIds': ['%s'], 'rate': {'windows': [{'from': '08:00', 'to': '09:00', 'closed': true, 'bytesPerSecond': -1}]}} | rate.windows[0].bytesPerSecond",
                "{'name': 'a', 'vmIds': ['%s'], 'sync': {'resyncThresholdPercent': 0, 'rate': {'bytesPerSecond': -1}}} | sync.resyncThresholdPercent sync.rate.bytesPerSecond",
            })
    void everyBrokenRuleOfANewGroupIsNamedWithItsField(String template, String fields) {
        String body = template.replace('\'', '"').replace("%s", SOME_ID);
        Response response = operator().body(body).post(PATH);

        assertThat(response.statusCode()).as(response.asString()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code")).isEqualTo("INVALID_REQUEST");
        assertThat(response.jsonPath().getList("violations.field", String.class))
                .containsExactlyInAnyOrder(fields.split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "5",
                "\"text\"",
                "{",
                "{\"name\": \"a\", \"name\": \"b\"}",
                "{\"name\": \"a\", \"vmIds\": [\"6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10\"], \"historie\": \"PT24H\"}",
                "{\"name\": 5, \"vmIds\": {}}",
                "{\"name\": \"a\", \"vmIds\": [null]}",
                "{\"name\": \"a\", \"vmIds\": [[\"x\"]]}",
                "{\"name\": \"a\", \"vmIds\": [\"6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10\"], \"journalLimitBytes\": 1e400}",
                "{\"name\": \"a\", \"vmIds\": [\"6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10\"], \"journalLimitBytes\": 1.5}",
                "{\"name\": \"\\u0000\", \"vmIds\": [\"6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10\"]}",
                "{\"name\": \"a\", \"vmIds\": [\"6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10\"]} trailing"
            })
    void hostileJsonIsRefusedAndNothingHappens(String body) {
        Response response = operator().body(body).post(PATH);

        assertThat(response.statusCode()).as(response.asString()).isEqualTo(400);
        assertThat(response.contentType()).startsWith("application/problem+json");
        assertThat(response.asString()).doesNotContain("io.holdfast", "com.fasterxml");
    }

    @Test
    void deeplyNestedAndVeryLongBodiesAreRefused() throws Exception {
        String deep = "{\"name\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThat(sent(deep)).isEqualTo(400);
        assertThat(sent("{\"name\": \"" + "a".repeat(2 << 20) + "\"}")).isEqualTo(413);
        String manyVms = "{\"name\": \"a\", \"vmIds\": [%s]}"
                .formatted(String.join(",", java.util.Collections.nCopies(2000, "\"" + SOME_ID + "\"")));
        assertThat(operator().body(manyVms).post(PATH).statusCode()).isEqualTo(400);
    }

    /** Without REST Assured, which formats bodies in quadratic memory. */
    private int sent(String body) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(base.resolve(PATH))
                    .version(HttpClient.Version.HTTP_1_1)
                    .header("Authorization", "Bearer " + TestTokens.token("anna", Roles.OPERATOR))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void aVmThatCannotBeProtectedIsRefusedWithTheReason() {
        refused(operator().body(body(Vm.withVolumes(1))).post(PATH), 404, "VM_NOT_FOUND");

        Vm broken = Vm.withVolumes(1);
        announce(broken, 1, false);
        Eventually.until("the VM is known", SOON, () -> {
            Response response = operator().body(body(broken)).post(PATH);
            refused(response, 409, "VOLUME_NOT_PROTECTABLE");
            assertThat(response.jsonPath().getString("detail")).contains("BACKING_MISSING", "The file is not there.");
        });

        Vm withoutAgent = new Vm(newId(), "stray", "", List.of(newId()));
        announce(withoutAgent, 1);
        Eventually.until(
                "the VM is known",
                SOON,
                () -> refused(operator().body(body(withoutAgent)).post(PATH), 409, "AGENT_UNKNOWN"));
    }

    @Test
    void aVmIsInOneGroupAtMostUntilItsGroupIsRemoved() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);

        Response second = operator().body(body(vm)).post(PATH);
        refused(second, 409, "VM_ALREADY_PROTECTED");
        assertThat(second.jsonPath().getString("detail")).contains(pg);

        operator().body("{\"journal\": \"KEEP\"}").post(PATH + "/" + pg + "/remove");
        assertThat(get(pg).getString("removal.progress")).isEqualTo("NOTHING_STORED");
        assertThat(operator().body(body(vm)).post(PATH).statusCode()).isEqualTo(201);
    }

    @Test
    void ofManyWhoWantAVmAtTheSameMomentOneGetsIt() throws Exception {
        Vm vm = Vm.withVolumes(1);
        create(Vm.withVolumes(1));
        announce(vm, 1);
        Eventually.until(
                "the VM is known",
                SOON,
                () -> refused(
                        operator()
                                .body("{\"name\": \"x\", \"vmIds\": [\"%s\"], \"excludedVolumeIds\": [\"%s\"]}"
                                        .formatted(vm.id(), vm.volumes().getFirst()))
                                .post(PATH),
                        409,
                        "NOTHING_TO_PROTECT"));
        List<Integer> statuses = new CopyOnWriteArrayList<>();
        List<Thread> people = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            people.add(Thread.ofPlatform()
                    .start(() ->
                            statuses.add(operator().body(body(vm)).post(PATH).statusCode())));
        }
        for (Thread person : people) {
            person.join(20_000);
        }

        assertThat(statuses).hasSize(8).containsOnly(201, 409).containsOnlyOnce(201);
    }

    @Test
    void everyResourceAsksForItsRole() {
        String pg = create(Vm.withVolumes(1));
        String one = PATH + "/" + pg;

        refused(given().get(one), 401, "UNAUTHENTICATED");
        refused(
                given().auth()
                        .oauth2(TestTokens.signedByStranger("eve", Roles.ADMIN))
                        .get(one),
                401,
                "UNAUTHENTICATED");
        refused(given().auth().oauth2(TestTokens.expired("eve", Roles.ADMIN)).get(one), 401, "UNAUTHENTICATED");
        assertThat(as(Roles.VIEWER).get(one).statusCode()).isEqualTo(200);
        for (String command : List.of("start", "pause", "resume", "remove", "checkpoints")) {
            refused(as(Roles.VIEWER).body("{}").post(one + "/" + command), 403, "FORBIDDEN");
        }
        refused(as(Roles.VIEWER).body("{}").post(PATH), 403, "FORBIDDEN");
        refused(as(Roles.VIEWER).body("{}").patch(one), 403, "FORBIDDEN");
        assertThat(as(Roles.RECOVERY).body("{\"name\": \"b\"}").patch(one).statusCode())
                .isEqualTo(200);
    }

    @Test
    void unknownGroupsAndBadIdsAreSaidToBeSo() {
        for (String path : List.of("", "/commands", "/checkpoint-requests")) {
            refused(operator().get(PATH + "/" + SOME_ID + path), 404, "GROUP_NOT_FOUND");
        }
        refused(operator().post(PATH + "/" + SOME_ID + "/start"), 404, "GROUP_NOT_FOUND");
        refused(operator().get(PATH + "/1-1-1-1-1"), 400, "INVALID_ID");
        String pg = create(Vm.withVolumes(1));
        refused(
                operator().get(PATH + "/" + pg + "/checkpoint-requests/" + SOME_ID),
                404,
                "CHECKPOINT_REQUEST_NOT_FOUND");
        refused(operator().body("{}").post(PATH + "/" + pg + "/remove"), 400, "INVALID_REQUEST");
        refused(operator().body("{\"journal\": \"BURN\"}").post(PATH + "/" + pg + "/remove"), 400, "INVALID_REQUEST");
        refused(operator().body("{\"name\": \" \"}").post(PATH + "/" + pg + "/checkpoints"), 400, "INVALID_REQUEST");
        refused(
                operator().body("{\"name\": \"n\"}").post(PATH + "/" + pg + "/checkpoints"),
                409,
                "GROUP_STATE_FORBIDS");
    }

    @Test
    void aRepeatedCommandWithItsKeyHappensOnce() {
        Vm vm = Vm.withVolumes(1);
        announce(vm, 1);
        String key = newId();
        Eventually.until("the group is created", SOON, () -> assertThat(operator()
                        .header("Idempotency-Key", key)
                        .body(body(vm))
                        .post(PATH)
                        .statusCode())
                .isEqualTo(201));
        Response again =
                operator().header("Idempotency-Key", key).body(body(vm)).post(PATH);
        assertThat(again.statusCode()).isEqualTo(201);
        String pg = again.jsonPath().getString("id");
        refused(
                operator()
                        .header("Idempotency-Key", key)
                        .body(body(vm).replace("orders", "other"))
                        .post(PATH),
                409,
                "IDEMPOTENCY_KEY_REUSED");

        start(pg);
        String pause = newId();
        for (int i = 0; i < 2; i++) {
            assertThat(operator()
                            .header("Idempotency-Key", pause)
                            .post(PATH + "/" + pg + "/pause")
                            .statusCode())
                    .isEqualTo(202);
        }
        assertThat(get(pg).getString("lifecycle")).isEqualTo("PAUSED");
        assertThat(operator().get(PATH + "/" + pg + "/commands").jsonPath().getList("items.command"))
                .containsExactly("PAUSE", "START", "CREATE");
    }

    @Test
    void anEditIsCheckedAsAWholeAndReachesTheDataPlane() {
        Vm vm = Vm.withVolumes(2);
        String pg = create(vm);
        start(pg);
        Response edited = operator()
                .body(Map.of(
                        "name", "billing",
                        "checkpointInterval", "PT10S",
                        "rpoObjective", "PT30S",
                        "journalLimitBytes", 1L << 30,
                        "excludedVolumeIds", List.of(vm.volumes().get(1))))
                .patch(PATH + "/" + pg);
        assertThat(edited.statusCode()).as(edited.asString()).isEqualTo(200);
        assertThat(edited.jsonPath().getString("objectives.rpoObjective")).isEqualTo("PT30S");
        Eventually.until("the data plane is told", SOON, () -> {
            var policy = newestPolicy(pg);
            assertThat(policy.getRevision()).isEqualTo(2);
            assertThat(policy.getState()).isEqualTo(PolicyState.REPLICATE);
            assertThat(policy.getName()).isEqualTo("billing");
            assertThat(policy.getCheckpointIntervalMs()).isEqualTo(10_000);
            assertThat(policy.getJournalLimitBytes()).isEqualTo(1L << 30);
            assertThat(policy.getMembers(0).getVolumesCount()).isEqualTo(1);
        });

        Response invalid = operator().body("{\"rpoObjective\": \"PT1S\"}").patch(PATH + "/" + pg);
        refused(invalid, 400, "INVALID_REQUEST");
        assertThat(invalid.jsonPath().getList("violations.field")).containsExactly("rpoObjective");
        refused(
                operator().body(Map.of("excludedVolumeIds", vm.volumes())).patch(PATH + "/" + pg),
                409,
                "NOTHING_TO_PROTECT");
        refused(
                operator().body(Map.of("excludedVolumeIds", List.of(SOME_ID))).patch(PATH + "/" + pg),
                400,
                "INVALID_REQUEST");
        assertThat(get(pg).getList("excludedVolumeIds"))
                .containsExactly(vm.volumes().get(1));
        assertThat(get(pg).getLong("policyRevision")).isEqualTo(2);
    }

    @Test
    void whatAGroupMayUseOfTheLinkIsShownAndReachesTheDataPlane() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        start(pg);
        assertThat(get(pg).getInt("objectives.priority")).isEqualTo(5);
        assertThat(get(pg).getString("objectives.appCheckpointInterval")).isEqualTo("PT0S");

        Response edited = operator().body("""
                        {"priority": 8, "appCheckpointInterval": "PT1H",
                         "rate": {"bytesPerSecond": 1048576, "windows": [
                            {"days": ["MONDAY", "FRIDAY"], "from": "22:00", "to": "06:00"},
                            {"from": "12:00", "to": "13:00", "closed": true}]},
                         "sync": {"rate": {"bytesPerSecond": 65536}, "resyncThresholdPercent": 20}}
                        """).patch(PATH + "/" + pg);

        assertThat(edited.statusCode()).as(edited.asString()).isEqualTo(200);
        assertThat(edited.jsonPath().getList("objectives.rate.windows.from")).containsExactly("22:00", "12:00");
        assertThat(edited.jsonPath().getList("objectives.rate.windows[0].days")).containsExactly("MONDAY", "FRIDAY");
        Eventually.until("the data plane is told", SOON, () -> {
            var policy = newestPolicy(pg);
            assertThat(policy.getRevision()).isEqualTo(2);
            assertThat(policy.getPriority()).isEqualTo(8);
            assertThat(policy.getAppCheckpointIntervalMs()).isEqualTo(3_600_000);
            assertThat(policy.getRate().getBytesPerSecond()).isEqualTo(1 << 20);
            assertThat(policy.getRate().getWindows(0).getDays()).isEqualTo(0b10001);
            assertThat(policy.getRate().getWindows(0).getFromMinute()).isEqualTo(1320);
            assertThat(policy.getRate().getWindows(0).getToMinute()).isEqualTo(360);
            assertThat(policy.getRate().getWindows(1).getClosed()).isTrue();
            assertThat(policy.getSync().getRate().getBytesPerSecond()).isEqualTo(65_536);
            assertThat(policy.getSync().getResyncThresholdPercent()).isEqualTo(20);
        });

        operator().body("{\"name\": \"renamed\"}").patch(PATH + "/" + pg);
        assertThat(get(pg).getInt("objectives.priority")).isEqualTo(8);
        assertThat(get(pg).getInt("objectives.sync.resyncThresholdPercent")).isEqualTo(20);
        Response invalid = operator().body("{\"priority\": 0}").patch(PATH + "/" + pg);
        refused(invalid, 400, "INVALID_REQUEST");
        assertThat(invalid.jsonPath().getList("violations.field")).containsExactly("priority");
    }

    @Test
    void listsArePagedAndFilteredAndRemovedGroupsAreShownOnDemand() {
        String name = "paged-" + newId();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String pg = create(Vm.withVolumes(1));
            operator().body("{\"name\": \"%s\"}".formatted(name)).patch(PATH + "/" + pg);
            ids.add(pg);
        }
        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            var page = as(Roles.VIEWER)
                    .queryParam("name", name)
                    .queryParam("limit", 2)
                    .queryParam("cursor", cursor)
                    .get(PATH)
                    .jsonPath();
            assertThat(page.getList("items").size()).isLessThanOrEqualTo(2);
            seen.addAll(page.getList("items.id", String.class));
            cursor = page.getString("nextCursor");
        } while (cursor != null);
        assertThat(seen).containsExactlyInAnyOrderElementsOf(ids).isSorted();

        operator().body("{\"journal\": \"KEEP\"}").post(PATH + "/" + ids.getFirst() + "/remove");
        assertThat(items("name", name)).hasSize(4);
        assertThat(as(Roles.VIEWER)
                        .queryParam("name", name)
                        .queryParam("lifecycle", "REMOVED")
                        .get(PATH)
                        .jsonPath()
                        .getList("items.id"))
                .containsExactly(ids.getFirst());
        refused(operator().queryParam("lifecycle", "HAPPY").get(PATH), 400, "INVALID_REQUEST");
        refused(operator().queryParam("limit", 0).get(PATH), 400, "INVALID_REQUEST");
        refused(operator().queryParam("cursor", "x").get(PATH), 400, "INVALID_REQUEST");
        refused(operator().queryParam("vmId", "x").get(PATH), 400, "INVALID_ID");

        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        assertThat(items("vmId", vm.id())).containsExactly(pg);
    }

    @Test
    void whoAskedForWhatIsOnRecord() {
        String pg = create(Vm.withVolumes(1));
        operator().body("{\"name\": \"renamed\"}").patch(PATH + "/" + pg);
        var commands = as(Roles.VIEWER).get(PATH + "/" + pg + "/commands").jsonPath();

        assertThat(commands.getList("items.command")).containsExactly("EDIT", "CREATE");
        assertThat(commands.getList("items.by")).containsOnly("anna");
        assertThat(commands.getString("items[0].detail")).isEqualTo("name 'renamed'");
    }

    private static List<String> items(String filter, String value) {
        return given().auth()
                .oauth2(TestTokens.token("anna", Roles.VIEWER))
                .contentType(ContentType.JSON)
                .queryParam(filter, value)
                .get(PATH)
                .jsonPath()
                .getList("items.id", String.class);
    }

    private static void refused(Response response, int status, String code) {
        assertThat(response.statusCode() + " " + response.jsonPath().getString("code"))
                .as(response.asString())
                .isEqualTo(status + " " + code);
    }
}
