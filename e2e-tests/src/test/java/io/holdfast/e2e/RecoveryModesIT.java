package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.ProtectedGuest.Point;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.MachineTraces;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.e2e.story.RunNetwork;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What else a run can be than a rehearsal or a failover to the newest checkpoint. One real guest that writes numbered records is cloned, taken to an earlier
 * checkpoint and moved, one after the other, each time from what the one before has left.
 */
@DisplayName("A protected guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RecoveryModesIT {
    private static final Duration PATIENCE = RecordsVm.PATIENCE;
    private static final int SOME = 10;

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    private Path folder;
    private MachineTraces before;
    private ProtectedGuest guest;
    private RecordsVm vm;
    private ProtectedMachine machine;
    private String plan;

    @BeforeAll
    void a_guest_writes_records_and_is_protected(@TempDir Path scratch) throws IOException {
        folder = scratch;
        before = MachineTraces.of(SITE.site());
        guest = ProtectedGuest.boot(SITE, scratch, "modes");
        vm = guest.vm();
        machine = guest.machine();
        plan = vm.plan(SITE.client(), machine.pgId());
    }

    @AfterAll
    void nothing_of_it_stays() throws IOException {
        traces().remove();
        guest.close();
    }

    @Test
    @Order(1)
    void is_cloned_beside_itself_under_another_name_and_nothing_that_the_clones_write_is_kept() throws Exception {
        Point point = guest.point();
        Path disk = guest.read(point, "before.raw");
        String alone;
        String among;
        try (HostNetwork dmz = HostNetwork.make(TestSite.BRIDGE)) {
            alone = RecordsVm.order(SITE.client(), plan, order("CLONE", point));
            among = orderAmongOthers(point);
            JsonNode ready = awaitState(alone, "READY");
            assertThat(vm.found(ready)).isBetween(point.least(), point.most());
            assertThat(vm.found(awaitState(among, "READY"))).isBetween(point.least(), point.most());
            assertThat(dmz.members()).as("cards in the network of the host").hasSize(1);
            assertMacsOfTheirOwn(2);
            assertBothWrite();
            Path changed = ProtectedGuest.copy(ready.at("/sessions/0/exports/0"), folder.resolve("clone.raw"));
            assertThat(Files.mismatch(disk, changed))
                    .as("first byte of its disk that the clone has changed")
                    .isNotNegative();

            release(alone);
            release(among);
            assertThat(dmz.members()).as("cards that are left there").isEmpty();
        }
        assertNothingIsLeft();
        assertThat(Files.mismatch(disk, guest.read(point, "after.raw")))
                .as("first byte of the checkpoint that a clone has changed")
                .isEqualTo(-1);
        assertNamesOfTheirOwn(alone, among);
    }

    private ObjectNode order(String mode, Point point) {
        ObjectNode order = SiteClient.object().put("mode", mode);
        order.set("points", guest.pointsOf(point));
        return order;
    }

    /** In a network of the host, which the clone's original might be in, with the same address: somebody has to say that it is not. */
    private String orderAmongOthers(Point point) {
        ObjectNode order = order("CLONE", point);
        order.putObject("attach").put("office", TestSite.NETWORK);
        assertThatThrownBy(() -> RecordsVm.order(SITE.client(), plan, order))
                .isInstanceOf(SiteClient.RefusedException.class)
                .hasMessageContainingAll("PLAN_HAS_ERRORS", "ADDRESS_KEPT_BY_CLONE", vm.address());
        return RecordsVm.order(SITE.client(), plan, order.put("force", true));
    }

    private void assertNamesOfTheirOwn(String... runs) {
        for (String run : runs) {
            String id = run.substring(run.lastIndexOf('/') + 1);
            assertThat(vm.machineOf(SITE.client().get(run)).path("name").asText())
                    .isEqualTo("%s-clone-%s", vm.name(), id.substring(0, 8));
        }
    }

    private void assertMacsOfTheirOwn(int machines) {
        Set<String> macs = new TreeSet<>();
        for (long pid : traces().processes()) {
            String words = MachineTraces.commandLine(pid);
            assertThat(words).as("command line of a clone").doesNotContain(vm.mac());
            macs.add(words.replaceAll("(?s).*\"mac\":\"([0-9a-f:]+)\".*", "$1"));
        }
        assertThat(macs).as("MACs of the clones").hasSize(machines);
    }

    /** Production writes on and is checkpointed as before; the clone that nothing else reaches writes, too. */
    private void assertBothWrite() {
        RunNetwork network = RunNetwork.only(traces().networks());
        long cloned = network.records(vm);
        guest.writeMore(SOME);
        Eventually.await("the clone writes", PATIENCE, () -> network.records(vm) > cloned + SOME);
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        JsonNode group = SITE.client()
                .await("production's RPO is met", PATIENCE, machine.groupPath(), answer -> answer.path("conditions")
                        .valueStream()
                        .anyMatch(condition -> condition.path("type").asText().equals("RpoMet")
                                && condition.path("status").asText().equals("TRUE")));
        assertThat(group.path("lifecycle").asText()).isEqualTo("PROTECTED");
    }

    private static void release(String run) {
        SITE.client().post(run + "/release");
        awaitState(run, "SUCCEEDED");
    }

    @Test
    @Order(2)
    void is_taken_to_an_earlier_checkpoint_in_the_same_failover_and_its_ownership_does_not_move() throws Exception {
        Point early = guest.point();
        guest.writeMore(SOME);
        Point late = guest.point();
        guest.original().close();
        String run = RecordsVm.order(SITE.client(), plan, order("UNPLANNED", late));
        assertThat(vm.found(awaitState(run, "READY"))).isBetween(late.least(), late.most());
        String owner = ownership();

        ObjectNode other = SiteClient.object();
        other.set("points", guest.pointsOf(early));
        SITE.client().post(run + "/switch", other);
        Set<String> owners = new TreeSet<>();
        JsonNode ready = RecordsVm.awaitRun(SITE.client(), run, "is READY at the earlier point", answer -> {
            owners.add(ownership());
            return answer.path("trials").size() == 1
                    && answer.path("state").asText().equals("READY");
        });

        assertThat(owners).as("owners from the switch on").containsExactly(owner);
        assertThat(vm.found(ready)).isBetween(early.least(), early.most()).isLessThan(late.least());
        assertThat(RunNetwork.only(traces().networks()).found(vm))
                .as("what the guest serves")
                .isEqualTo(vm.found(ready) + " gap-free");
        assertThat(traces().processes()).as("machines").hasSize(1);
        assertTrialIsReported(run, late, early);

        SITE.client().post(run + "/rollback");
        awaitState(run, "ROLLED_BACK");
        assertNothingIsLeft();
        machine.awaitLifecycle("PROTECTED", PATIENCE);
        guest.boot();
        assertThat(guest.original().done()).as("records at home").isGreaterThan(late.least());
    }

    /** Who owns the VM, by which run, and the how-many-th owner that is. */
    private String ownership() {
        JsonNode failover = SITE.client().get(machine.groupPath() + "/failover");
        return "%s, run %s, epoch %s"
                .formatted(
                        failover.path("state").asText(),
                        failover.path("runId").asText(),
                        failover.at("/vms/0/epoch").asText());
    }

    private static void assertTrialIsReported(String run, Point left, Point present) {
        JsonNode report = SITE.client().get(run + "/report");
        assertThat(report.at("/groups/0/members/0/checkpointId").asText()).isEqualTo(present.checkpoint());
        JsonNode trial = report.at("/trials/0");
        assertThat(trial.path("recovered").asBoolean()).as(trial.toString()).isTrue();
        assertThat(trial.at("/points/0/checkpointId").asText()).isEqualTo(left.checkpoint());
        assertThat(SITE.client().getText(run + "/report.html").body()).contains("Trial 1", left.checkpoint());
    }

    @Test
    @Order(3)
    void is_moved_without_a_record_lost_and_it_is_said_what_stays_where_it_was() {
        guest.writeMore(SOME);
        String run = RecordsVm.order(SITE.client(), plan, "MOVE");
        JsonNode over = awaitState(run, "SUCCEEDED");

        assertThat(over.path("committed").asBoolean()).as(over.toString()).isTrue();
        assertThat(guest.original().lines()).as("it went down in order").anyMatch(line -> line.contains("HF down"));
        assertThat(vm.found(over))
                .as("every record that was written")
                .isEqualTo(RecordsVm.recordsOn(vm.disk()))
                .isGreaterThanOrEqualTo(guest.original().done());
        JsonNode group = over.at("/groups/0");
        assertThat(group.at("/loss/nothingUnsent").asBoolean())
                .as(group.toString())
                .isTrue();
        assertThat(group.path("ownership").asText()).isEqualTo("COMMITTED");
        assertThat(group.at("/sources/0/shutDown").asText()).isEqualTo("DOWN");
        assertThat(group.at("/sources/0/fence").asText()).isEqualTo("CONFIRMED");
        assertThat(group.at("/sources/0/toDo").asText()).contains("moved away", "delete its disks");
        RecordsVm.awaitRun(SITE.client(), run, "says how its machine can be protected", answer -> vm.machineOf(answer)
                .path("capture")
                .isObject());
        assertThat(machine.group().path("lifecycle").asText()).isEqualTo("FAILED_OVER");

        SITE.client().post(run + "/release");
        awaitState(run, "RELEASED");
        assertNothingIsLeft();
    }

    private static JsonNode awaitState(String run, String state) {
        return RecordsVm.awaitState(SITE.client(), run, state);
    }

    /** Of the machines of this test. */
    private MachineTraces traces() {
        return MachineTraces.of(SITE.site()).without(before);
    }

    private void assertNothingIsLeft() {
        traces().requireNone();
        assertThat(SITE.client().get(machine.journalPath() + "/sessions").path("items"))
                .as("sessions")
                .isEmpty();
    }
}
