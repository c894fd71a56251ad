package io.holdfast.protectiongroup.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.security.Roles;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.proto.v1.StreamVolumeStatus;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.testkit.Eventually;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** What guests write is noted from routers' words, and planned with. */
@QuarkusTest
class CapacityTest extends ServiceTest {
    private static final long MB = 1_000_000;
    private final Instant begin = Instant.now().minus(Duration.ofMinutes(90)).truncatedTo(ChronoUnit.HOURS);

    private void say(String pg, Vm vm, String agent, int minute, long captured, long sent) {
        send(
                Topic.REPLICATION_STATUS,
                agent + "/" + pg,
                status(pg, vm, agent, minute)
                        .setCapturedBytes(captured)
                        .setSentBytes(sent)
                        .build());
    }

    private StreamStatus.Builder status(String pg, Vm vm, String agent, int minute) {
        return StreamStatus.newBuilder()
                .setAgentId(agent)
                .setPgId(pg)
                .setRouterId("router-0")
                .setConnected(true)
                .setRingLimitBytes(64 << 20)
                .setObservedAtMicros(FakeDataPlane.micros(begin.plus(minute, ChronoUnit.MINUTES)))
                .addVolumes(StreamVolumeStatus.newBuilder()
                        .setVolumeId(vm.volumes().getFirst())
                        .setState(SyncState.IN_SYNC));
    }

    private static Response whatIf(String body) {
        return as(Roles.VIEWER).body(body).post("/api/v1/capacity/what-if");
    }

    private static JsonPath traffic(String pg, String last) {
        Response response = as(Roles.VIEWER).get(PATH + "/" + pg + "/traffic?last=" + last);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        return response.jsonPath();
    }

    private static void awaitWritten(String pg, long bytes) {
        Eventually.until("it is noted what was written", SOON, () -> assertThat(
                        traffic(pg, "PT4H").getLong("writtenBytes"))
                .isEqualTo(bytes));
    }

    @Test
    void aPeakOfYesterdayTellsHowFastALinkHasToBe() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        say(pg, vm, vm.agent(), 58, 0, 0);
        say(pg, vm, vm.agent(), 59, 60 * MB, 30 * MB);
        say(pg, vm, vm.agent(), 60, 660 * MB, 330 * MB);
        say(pg, vm, vm.agent(), 61, 720 * MB, 360 * MB);
        awaitWritten(pg, 720 * MB);

        JsonPath answer = whatIf(
                        "{\"pgIds\": [\"%s\"], \"linkBytesPerSecond\": 1000000, \"rpo\": \"PT2M\"}".formatted(pg))
                .jsonPath();

        assertThat(answer.getDouble("packing")).isEqualTo(0.5, within(0.001));
        assertThat(answer.getString("packingSource")).isEqualTo("MEASURED");
        assertThat(answer.getLong("busiestBytesPerSecond")).isEqualTo(5 * MB);
        assertThat(answer.getLong("onLink.largestBacklogBytes")).isEqualTo(240 * MB);
        assertThat(Duration.parse(answer.getString("onLink.longestDelay"))).isEqualTo(Duration.ofMinutes(4));
        assertThat(answer.getBoolean("onLink.meetsRpo")).isFalse();
        assertThat(answer.getBoolean("onLink.fitsRing")).isFalse();
        // 300 MB in a minute: what is left of them takes two minutes more.
        assertThat(answer.getLong("neededBytesPerSecond")).isBetween(5 * MB / 3, 5 * MB / 3 + 1);
        assertThat(answer.getInt("groups[0].observedMinutes")).isEqualTo(3);
        assertThat(answer.getBoolean("journalExtrapolated")).isTrue();
    }

    @Test
    void wordsThatAreHeardAgainOrOutOfOrderAddNothing() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        say(pg, vm, vm.agent(), 10, 0, 0);
        say(pg, vm, vm.agent(), 12, 40, 40);
        say(pg, vm, vm.agent(), 12, 40, 40);
        say(pg, vm, vm.agent(), 10, 0, 0);
        say(pg, vm, vm.agent(), 11, 20, 20);
        say(pg, vm, vm.agent(), 14, 100, 100);

        awaitWritten(pg, 100);
        assertThat(traffic(pg, "PT4H").getList("steps.writtenBytes", Long.class))
                .containsExactly(20L, 20L, 30L, 30L);
    }

    @Test
    void hostsOfOneGroupAreAddedAndARestartedAgentBeginsAnew() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        String other = newId();
        say(pg, vm, vm.agent(), 20, 1_000, 0);
        say(pg, vm, other, 20, 5, 0);
        say(pg, vm, other, 21, 12, 0);
        say(pg, vm, vm.agent(), 21, 1_100, 0);
        say(pg, vm, vm.agent(), 22, 3, 0);
        say(pg, vm, vm.agent(), 23, 33, 0);

        awaitWritten(pg, 137);
        assertThat(traffic(pg, "PT4H").getList("steps.writtenBytes", Long.class))
                .containsExactly(107L, 30L);
    }

    @Test
    void whatNobodyCountsIsNotTakenForSilence() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        StreamStatus.Builder relay = status(pg, vm, vm.agent(), 30);
        send(Topic.REPLICATION_STATUS, vm.agent() + "/" + pg, relay.build());
        send(
                Topic.REPLICATION_STATUS,
                vm.agent() + "/" + pg,
                relay.setObservedAtMicros(FakeDataPlane.micros(begin.plus(33, ChronoUnit.MINUTES)))
                        .setSentBytes(4_000)
                        .build());
        Eventually.until("the words are heard", SOON, () -> assertThat(get(pg).getList("streams"))
                .hasSize(1));

        Response refused = whatIf("{\"pgIds\": [\"%s\"]}".formatted(pg));

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("NO_TRAFFIC_OBSERVED");
        assertThat(traffic(pg, "PT4H").getInt("observedMinutes")).isZero();
    }

    @Test
    void aQuestionThatMakesNoSenseIsRefusedWithEveryFieldNamed() {
        Response refused = whatIf(
                "{\"linkBytesPerSecond\": 1, \"rpo\": \"soon\", \"history\": \"PT0S\", \"growth\": -1, \"packing\": 3}");
        assertThat(refused.statusCode()).as(refused.asString()).isEqualTo(400);
        assertThat(refused.asString()).contains("ISO 8601");

        Response ranges = whatIf("{\"linkBytesPerSecond\": 1, \"history\": \"PT0S\", \"growth\": -1, \"packing\": 3}");
        assertThat(ranges.statusCode()).isEqualTo(400);
        assertThat(ranges.asString()).contains("linkBytesPerSecond", "history", "growth", "packing");

        assertThat(whatIf("{\"pgIds\": [\"%s\"]}".formatted(newId())).statusCode())
                .isEqualTo(404);
        String pg = create(Vm.withVolumes(1));
        assertThat(as(Roles.VIEWER).get(PATH + "/" + pg + "/traffic?last=P400D").statusCode())
                .isEqualTo(400);
    }
}
