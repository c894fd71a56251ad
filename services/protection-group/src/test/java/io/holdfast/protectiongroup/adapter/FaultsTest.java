package io.holdfast.protectiongroup.adapter;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.db.ConsumedPositions;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.DeadLetter;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.JournalState;
import io.holdfast.proto.v1.JournalStatus;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A catalogue of what goes wrong around this service. */
@QuarkusTest
class FaultsTest extends ServiceTest {
    @Inject
    ConsumedPositions positions;

    @Test
    void aDeadLinkReadsAsUnknownAndMovesNoState() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);
        Eventually.until("the RPO has a value", SOON, () -> {
            assertThat(metric("rpo_seconds", pg)).matches(".*name=\"orders\".*} [0-9]+\\.[0-9]+");
            assertThat(metric("lifecycle", pg)).contains("state=\"PROTECTED\"");
            assertThat(metric("condition", pg)).contains("status=\"TRUE\",type=\"RpoMet\"");
        });

        fake.fallSilent();
        awaitCondition(pg, "RpoMet", "UNKNOWN", "JOURNAL_SILENT");
        awaitCondition(pg, "AgentsConnected", "UNKNOWN", "ROUTER_SILENT");
        var group = get(pg);
        assertThat(group.getBoolean("rpo.known")).isFalse();
        assertThat(group.getString("rpo.age")).isNull();
        assertThat(group.getString("rpo.reason")).isEqualTo("JOURNAL_SILENT");
        assertThat(group.getString("rpo.asOf")).isNotNull();
        assertThat(group.getBoolean("history.known")).isFalse();
        assertThat(group.getBoolean("sync.known")).isFalse();
        assertThat(group.getString("lifecycle")).isEqualTo("PROTECTED");
        Eventually.until("the metric says so", SOON, () -> assertThat(metric("rpo_seconds", pg))
                .contains("NaN"));
    }

    @Test
    void aLostAgentIsACriticalConditionAndNoState() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);

        fake.agentConnected(false);
        awaitCondition(pg, "AgentsConnected", "FALSE", "AGENT_DISCONNECTED");
        assertThat(get(pg).getString("lifecycle")).isEqualTo("PROTECTED");
        fake.agentConnected(true);
        awaitCondition(pg, "AgentsConnected", "TRUE", "ALL_AGENTS_CONNECTED");
    }

    @Test
    void rpoGrowsWhileTheJournalSpeaksWithoutNewCheckpoints() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);
        operator()
                .body("{\"checkpointInterval\": \"PT1S\", \"rpoObjective\": \"PT1S\"}")
                .patch(PATH + "/" + pg);

        fake.withoutCheckpoints();
        awaitCondition(pg, "RpoMet", "FALSE", "RPO_EXCEEDED");
        assertThat(Duration.parse(get(pg).getString("rpo.age"))).isGreaterThan(Duration.ofSeconds(1));
    }

    @Test
    void aWordThatWasOvertakenBringsNothingBackAndARepeatedOneIsNoSignOfLife() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);
        fake.fallSilent();
        Instant now = Instant.now();
        JournalEvent gone = status(pg, now, "");
        JournalEvent overtaken = status(pg, now.minusSeconds(1), newId());
        send(Topic.JOURNAL_EVENTS, pg, gone);
        send(Topic.JOURNAL_EVENTS, pg, overtaken);
        awaitCondition(pg, "RpoMet", "FALSE", "NO_CHECKPOINT");

        Eventually.until("the repeated word gets old", SOON, () -> {
            send(Topic.JOURNAL_EVENTS, pg, gone);
            assertThat(get(pg).getString("rpo.reason")).isEqualTo("JOURNAL_SILENT");
        });
    }

    @Test
    void whatCannotBeReadGoesToTheDeadLettersAndTheReadersGoOn() {
        byte[] garbage = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 1, 2, 3};
        var topics = List.of(
                Topic.INVENTORY_EVENTS,
                Topic.JOURNAL_EVENTS,
                Topic.REPLICATION_STATUS,
                Topic.AGENT_EVENTS,
                Topic.RECOVERY_EVENTS);
        topics.forEach(topic -> KafkaFixture.shared().write(kafka.nameOf(topic), 0, "garbage", garbage));
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        send(
                Topic.JOURNAL_EVENTS,
                pg,
                JournalEvent.newBuilder()
                        .setPgId(pg)
                        .setAtMicros(5)
                        .setStatus(JournalStatus.getDefaultInstance())
                        .build());
        send(
                Topic.REPLICATION_STATUS,
                "no-slash",
                StreamStatus.newBuilder().setPgId("x").build());
        send(
                Topic.INVENTORY_EVENTS,
                vm.id(),
                InventoryEvent.newBuilder()
                        .setVm(io.holdfast.proto.v1.VmState.newBuilder().setVmId("not an id"))
                        .build());

        for (Topic topic : topics) {
            Eventually.until("%s has a dead letter".formatted(topic), SOON, () -> assertThat(codes(topic, "garbage"))
                    .containsExactly("MALFORMED_DATA"));
        }
        Eventually.until("wrong content is a dead letter too", SOON, () -> {
            assertThat(codes(Topic.JOURNAL_EVENTS, pg)).containsExactly("INVALID_REQUEST");
            assertThat(codes(Topic.REPLICATION_STATUS, "no-slash")).containsExactly("INVALID_ID");
            assertThat(codes(Topic.INVENTORY_EVENTS, vm.id())).containsExactly("INVALID_ID");
        });
        protect(pg, vm);
    }

    @Test
    void commandsAreTakenWhileKafkaIsDownAndReachTheDataPlaneWhenItIsBack() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        start(pg);
        Eventually.until(
                "the policy is out", SOON, () -> assertThat(newestPolicy(pg).getRevision())
                        .isEqualTo(1));

        KafkaFixture.shared().stop();
        try {
            command(pg, "pause", 202);
            assertThat(get(pg).getString("lifecycle")).isEqualTo("PAUSED");
        } finally {
            KafkaFixture.shared().start();
        }
        Eventually.until("the data plane is told", Duration.ofSeconds(60), () -> {
            assertThat(newestPolicy(pg).getRevision()).isEqualTo(2);
            assertThat(newestPolicy(pg).getState()).isEqualTo(PolicyState.PAUSED);
        });
    }

    @Test
    void aRestartedReaderGoesOnWhereItWasAndNothingHappensTwice() throws Exception {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        Vm grown = vm.withOneMore();
        announce(grown, 2);
        awaitLifecycle(pg, "RESYNC");

        String name = "protection-group.inventory-events";
        List<String> seenAgain = new ArrayList<>();
        try (var again = kafka.reader(
                        ReaderSettings.of(name, Topic.INVENTORY_EVENTS, positions.start(name)),
                        InventoryEvent.parser(),
                        record -> seenAgain.add(record.key()))
                .start()) {
            again.caughtUp().get(20, java.util.concurrent.TimeUnit.SECONDS);
        }
        assertThat(seenAgain).doesNotContain(vm.id());

        announce(grown, 2);
        announce(vm, 1);
        Vm last = Vm.withVolumes(1);
        create(last);
        Eventually.until(
                "the policy is out", SOON, () -> assertThat(newestPolicy(pg).getRevision())
                        .isEqualTo(2));
        assertThat(written(Topic.POLICIES, pg, Policy.parser())).hasSize(2);
        assertThat(get(pg).getList("vms[0].volumes")).hasSize(2);
    }

    private List<String> codes(Topic topic, String key) {
        List<String> codes = new ArrayList<>();
        for (var record : KafkaFixture.shared().readAll(kafka.nameOf(topic) + ".dlq")) {
            if (record.key() != null && key.equals(new String(record.key()))) {
                try {
                    codes.add(DeadLetter.parseFrom(record.value()).getCode());
                } catch (com.google.protobuf.InvalidProtocolBufferException unreadable) {
                    throw new AssertionError("a dead letter cannot be read", unreadable);
                }
            }
        }
        return codes;
    }

    private static JournalEvent status(String pg, Instant at, String newest) {
        var status = JournalStatus.newBuilder()
                .setState(JournalState.APPLYING)
                .setVolumesInSync(1)
                .setVolumeCount(1)
                .setNewestCheckpointId(newest);
        if (!newest.isEmpty()) {
            status.setNewestCheckpointCutAtMicros(FakeDataPlane.micros(at))
                    .setOldestCheckpointCutAtMicros(FakeDataPlane.micros(at));
        }
        return JournalEvent.newBuilder()
                .setPgId(pg)
                .setJournalStoreId("journal-0")
                .setAtMicros(FakeDataPlane.micros(at))
                .setStatus(status)
                .build();
    }

    /** Lines of one of our metrics about a group whose value is not 0. */
    private static String metric(String name, String pg) {
        return given().get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("holdfast_protection_group_" + name + "{") && line.contains(pg))
                .filter(line -> !line.endsWith(" 0.0"))
                .collect(java.util.stream.Collectors.joining("\n"));
    }
}
