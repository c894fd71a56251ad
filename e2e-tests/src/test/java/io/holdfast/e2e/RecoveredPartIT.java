package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.MachineTraces;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two VMs with records in one group, of which a run recovers one, or a disk of one. */
@DisplayName("A part of a group")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecoveredPartIT {
    private static final Duration PATIENCE = RecordsVm.PATIENCE;
    private static final int RECORDS_OF_ONE = 41;
    private static final int RECORDS_OF_TWO = 42;

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    private Path folder;
    private MachineTraces before;
    private RecordsVm one;
    private RecordsVm two;
    private String volumeOfOne;
    private ProtectedMachine pair;
    private String plan;

    @BeforeAll
    void a_pair_is_protected(@TempDir Path scratch) throws IOException {
        folder = scratch;
        before = MachineTraces.of(SITE.site());
        SiteClient site = SITE.client();
        GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
        one = RecordsVm.create(image, SITE.disks(), "part-one", 1, ProtectedGuest.DISK_BYTES, RECORDS_OF_ONE);
        two = RecordsVm.create(image, SITE.disks(), "part-two", 2, ProtectedGuest.DISK_BYTES, RECORDS_OF_TWO);
        String host = RecordsVm.hostThatRunsMachines(site);
        JsonNode attached = one.attach(site, host);
        volumeOfOne = attached.at("/volumes/0/id").asText();
        pair = ProtectedGuest.protect(site, "part", attached, two.attach(site, host));
        pair.awaitCheckpointAfter(Instant.now(), PATIENCE);
        plan = RecordsVm.plan(site, "recover a part", pair.pgId(), List.of(one, two));
    }

    @AfterAll
    void nothing_of_it_stays() {
        MachineTraces.of(SITE.site()).without(before).remove();
        pair.remove(PATIENCE);
    }

    @Test
    void is_one_machine_or_one_disk_and_the_rest_is_neither_started_nor_served() {
        ObjectNode oneMachine = SiteClient.object().put("mode", "TEST");
        oneMachine.putObject("only").putArray("vms").add(two.id());
        String machine = RecordsVm.order(SITE.client(), plan, oneMachine);
        ObjectNode oneDisk = SiteClient.object().put("mode", "TEST");
        oneDisk.putObject("only").putObject("volumes").putArray(pair.pgId()).add(volumeOfOne);
        String disk = RecordsVm.order(SITE.client(), plan, oneDisk);

        JsonNode served = RecordsVm.awaitState(SITE.client(), disk, "READY");
        assertThat(served.at("/groups/0/machines")).as("machines of %s", served).isEmpty();
        JsonNode export = onlyExport(served);
        assertThat(export.path("volumeId").asText()).isEqualTo(volumeOfOne);
        assertThat(RecordsVm.recordsOn(ProtectedGuest.copy(export, folder.resolve("disk.raw"))))
                .isEqualTo(RECORDS_OF_ONE);

        JsonNode ready = RecordsVm.awaitState(SITE.client(), machine, "READY");
        assertThat(two.found(ready)).isEqualTo(RECORDS_OF_TWO);
        assertThat(ready.at("/groups/0/machines")).as("machines of %s", ready).hasSize(1);
        assertThat(onlyExport(ready).path("vmId").asText()).isEqualTo(two.id());

        for (String run : List.of(machine, disk)) {
            SITE.client().post(run + "/finish");
            RecordsVm.awaitState(SITE.client(), run, "SUCCEEDED");
        }
        MachineTraces.of(SITE.site()).without(before).requireNone();
        assertThat(SITE.client().get(pair.journalPath() + "/sessions").path("items"))
                .as("sessions")
                .isEmpty();
    }

    @Test
    void is_not_failed_over_because_it_would_take_the_rest_with_it() {
        ObjectNode order = SiteClient.object().put("mode", "UNPLANNED");
        order.putObject("only").putArray("vms").add(two.id());

        assertThatThrownBy(() -> RecordsVm.order(SITE.client(), plan, order))
                .isInstanceOfSatisfying(SiteClient.RefusedException.class, refused -> assertThat(refused.code())
                        .isEqualTo("PART_SPLITS_GROUP"));
        assertThat(pair.group().path("lifecycle").asText()).isEqualTo("PROTECTED");
    }

    private static JsonNode onlyExport(JsonNode run) {
        assertThat(run.path("sessions")).as("sessions of %s", run).hasSize(1);
        assertThat(run.at("/sessions/0/exports")).as("exports of %s", run).hasSize(1);
        return run.at("/sessions/0/exports/0");
    }
}
