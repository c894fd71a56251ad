package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.story.Journey;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.nbd.client.NbdClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The story of two sites. An application of three VMs on two hosts of site A is protected at site B. It comes to B, because A is lost or because somebody moves
 * it, and B keeps it. A's hosts do not serve VMs that they do not own any more. The application is protected in the other direction onto A's old disks, goes
 * home by a planned failover that loses nothing, and is protected at B again. Each time only what differs is sent. One test goes home by the command {@code
 * holdfast failback}, which is killed in each of its parts and called again, the other step by step.
 */
@DisplayName("An application that leaves its site")
class ThereAndBackIT {
    /** Site B. */
    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    @Test
    void because_it_is_lost_is_recovered_as_rehearsed_and_goes_home_without_losing_a_record() throws Exception {
        try (Journey journey = journey("lost")) {
            journey.protect();
            rehearse(journey);

            Map<RecordsVm, Long> written = journey.written();
            journey.atB().awaitCheckpoint();
            journey.workAtA(10);
            journey.loseSiteA();
            assertFoundAtLeast(written, journey.comeToB("UNPLANNED"));
            journey.stayAtB();
            journey.hostsOfAComeBack();

            protectInReverse(journey.byCommand());
            assertThat(journey.knownEqualBytes())
                    .as("bytes that nobody had to read, because both sites knew where the disks may differ")
                    .isGreaterThan(journey.bytes() / 2);
            goHome(journey);
        }
    }

    @Test
    void because_somebody_moves_it_loses_no_record_on_either_way() throws Exception {
        try (Journey journey = journey("moved")) {
            journey.protect();

            JsonNode ready = journey.comeToB("PLANNED");
            assertNothingUnsent(ready);
            for (RecordsVm vm : journey.vms()) {
                assertThat(vm.found(ready))
                        .as("every record that %s wrote at A", vm.name())
                        .isEqualTo(RecordsVm.recordsOn(vm.disk()))
                        .isGreaterThanOrEqualTo(30);
            }
            journey.stayAtB();

            protectInReverse(journey);
            goHome(journey);
        }
    }

    private Journey journey(String name) throws Exception {
        return new Journey(
                new Journey.SiteB(
                        SITE.site(),
                        SITE.client(),
                        Path.of("..", "services").toAbsolutePath().normalize(),
                        SITE.disks()),
                folder,
                name);
    }

    /** While the originals work: their checkpoints go on, and nothing of the copies stays. */
    private static void rehearse(Journey journey) {
        Map<RecordsVm, Long> before = journey.written();
        journey.atB().awaitCheckpoint();
        String run = journey.rehearse();
        JsonNode ready = RecordsVm.awaitState(SITE.client(), run, "READY");
        journey.workAtA(10);
        journey.atB().awaitCheckpoint();
        assertFoundAtLeast(before, ready);
        assertStartedInOrder(journey.vms(), ready);
        assertThat(journey.finish(run))
                .as("networks, besides those that were there before")
                .isEmpty();
        assertThat(RecordsVm.machineProcesses()).as("machines").isEmpty();
        for (ProtectedMachine group : journey.atB().groups()) {
            assertThat(SITE.client().get(group.journalPath() + "/sessions").path("items"))
                    .as("sessions")
                    .isEmpty();
        }
    }

    private static void assertStartedInOrder(List<RecordsVm> vms, JsonNode ready) {
        Instant answered =
                Instant.parse(vms.getFirst().machineOf(ready).path("readyAt").asText());
        for (RecordsVm front : vms.subList(1, vms.size())) {
            assertThat(Instant.parse(front.machineOf(ready).path("startedAt").asText()))
                    .as("%s is started when the database answers", front.name())
                    .isAfterOrEqualTo(answered);
        }
    }

    private static void protectInReverse(Journey journey) throws Exception {
        assertFenced(journey);
        journey.protectInReverse();
    }

    private static void goHome(Journey journey) throws Exception {
        Map<RecordsVm, Long> served = journey.workAtB(10);
        assertOldDisksKept(journey);

        JsonNode ready = journey.goHome();
        assertNothingUnsent(ready);
        for (RecordsVm vm : journey.vms()) {
            Path left = journey.left(vm);
            assertThat(vm.found(ready))
                    .as("every record that %s wrote at B, up to its shut-down", vm.name())
                    .isEqualTo(RecordsVm.recordsOn(left))
                    .isGreaterThanOrEqualTo(served.get(vm));
            assertThat(journey.isEqualAtHome(vm, left))
                    .as("bytes of the disk of %s", vm.name())
                    .isTrue();
        }
        journey.stayAtHome();
        assertOldDisksKept(journey);
    }

    private static void assertOldDisksKept(Journey journey) {
        for (RecordsVm vm : journey.vms()) {
            assertThat(journey.isOldDiskKept(vm))
                    .as("what %s had written at A is still there", vm.name())
                    .isTrue();
        }
    }

    private static void assertFenced(Journey journey) {
        journey.awaitFenced();
        for (RecordsVm vm : journey.vms()) {
            JsonNode volume = journey.atB().volume(vm);
            assertThatThrownBy(() -> NbdClient.open(
                                    ProtectedMachine.address(
                                            volume.path("nbdAddress").asText()),
                                    volume.path("nbdExport").asText())
                            .close())
                    .as("%s, which its host does not own, is not served", vm.name())
                    .isNotNull();
        }
    }

    private static void assertFoundAtLeast(Map<RecordsVm, Long> written, JsonNode ready) {
        written.forEach(
                (vm, record) -> assertThat(vm.found(ready)).as(vm.name()).isGreaterThanOrEqualTo(record));
    }

    private static void assertNothingUnsent(JsonNode ready) {
        assertThat(ready.path("groups").valueStream())
                .as("nothing is lost: %s", ready)
                .allMatch(group -> group.at("/loss/nothingUnsent").asBoolean());
    }
}
