package io.holdfast.inventory.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.nullValue;

import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.Firmware;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.MachineHosting;
import io.holdfast.proto.v1.MachineSpec;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@DisplayName("What a VM is besides its disks")
class MachinesTest extends InventoryHarness {
    private static final String MACHINE = """
            {"cpuCount": 2, "memoryBytes": 536870912, "firmware": "UEFI", "machineType": "q35",
             "nics": [{"name": "eth0", "mac": "52:54:00:12:34:56", "network": "office"}],
             "directBoot": {"kernel": "/boot/k", "commandLine": "console=ttyS0"}}""";

    private String body(String machine) {
        return """
                {"hostId": "%s", "name": "web", "machine": %s,
                 "volumes": [{"name": "root", "backing": "/disks/%s", "bus": "scsi", "serial": "ROOT-1"}]}""".formatted(host, machine, java.util.UUID.randomUUID());
    }

    @Test
    void goes_to_the_agent_comes_back_with_its_report_and_is_told_to_the_other_services() {
        JsonPath asked = admin().body(body(MACHINE))
                .post("/api/v1/vms")
                .then()
                .statusCode(202)
                .extract()
                .jsonPath();
        AgentCommand command = awaitCommand(1);
        MachineSpec ordered = command.getAttachVm().getMachine();
        assertThat(ordered.getCpuCount()).isEqualTo(2);
        assertThat(ordered.getFirmware()).isEqualTo(Firmware.UEFI);
        assertThat(ordered.getNics(0).getModel()).isEqualTo("virtio");
        assertThat(ordered.getDirectBoot().getInitrd()).isEmpty();
        assertThat(ordered.getDisksList()).singleElement().satisfies(disk -> {
            assertThat(disk.getVolumeId()).isEqualTo(asked.getString("volumes[0].id"));
            assertThat(disk.getBus()).isEqualTo("scsi");
            assertThat(disk.getSerial()).isEqualTo("ROOT-1");
        });

        answer(command, "");
        // The machine was given more memory meanwhile: what the agent reports is what is.
        MachineSpec grown = ordered.toBuilder().setMemoryBytes(1L << 30).build();
        report(host, served(asked).toBuilder().setMachine(grown).build());
        awaitState(asked.getString("id"), "ATTACHED");
        viewer().get("/api/v1/vms/" + asked.getString("id"))
                .then()
                .body("machine.cpuCount", equalTo(2))
                .body("machine.memoryBytes", equalTo(1 << 30))
                .body("machine.firmware", equalTo("UEFI"))
                .body("machine.disks[0].serial", equalTo("ROOT-1"))
                .body("machine.nics[0].network", equalTo("office"))
                .body("machine.directBoot.kernel", equalTo("/boot/k"));
        Eventually.until("the VM is told", LIMIT, () -> assertThat(
                        read(Topic.INVENTORY_EVENTS, asked.getString("id"), InventoryEvent.parser())
                                .getLast()
                                .getVm()
                                .getMachine())
                .isEqualTo(grown));
    }

    @Test
    void is_unknown_when_nobody_has_said() {
        String id = attached("plain").getString("id");
        viewer().get("/api/v1/vms/" + id).then().body("machine", nullValue());
    }

    @Test
    void can_run_on_a_host_whose_agent_says_so() {
        viewer().get("/api/v1/hosts/" + host).then().body("hosting.adapters.size()", equalTo(0));
        event(AgentEvent.newBuilder()
                .setInventory(InventoryReport.newBuilder()
                        .setHostId(host.toString())
                        .setHostName("kvm-1")
                        .setHardwareUuid(hardware)
                        .setHosting(MachineHosting.newBuilder()
                                .addAdapters("qemu")
                                .addNetworks("lan")
                                .setMemoryLimitBytes(1L << 34)
                                .setMemoryUsedBytes(1L << 20))));
        Eventually.until("it is shown", LIMIT, () -> viewer().get("/api/v1/hosts/" + host)
                .then()
                .body("hosting.adapters", hasItems("qemu"))
                .body("hosting.networks", hasItems("lan"))
                .body("hosting.memoryLimitBytes", equalTo(1L << 34))
                .body("hosting.memoryUsedBytes", equalTo(1 << 20)));
        Eventually.until("it is told", LIMIT, () -> assertThat(
                        read(Topic.INVENTORY_EVENTS, host.toString(), InventoryEvent.parser())
                                .getLast()
                                .getHost()
                                .getHosting()
                                .getMemoryLimitBytes())
                .isEqualTo(1L << 34));
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(delimiter = '|', textBlock = """
            "cpuCount": 2           | "cpuCount": 0                          | cpuCount
            536870912               | 536870913                              | memoryBytes
            536870912               | 1048576                                | memoryBytes
            52:54:00                | 53:54:00                               | mac
            "eth0"                  | "eth0,script=/bin/sh"                  | name
            "office"                | ""                                     | network
            "q35"                   | "q35,accel=kvm"                        | machineType
            /boot/k                 | boot/k                                 | kernel
            console=ttyS0           | console\\nttyS0                        | commandLine
            """)
    void is_refused_with_the_field_when_no_machine_is_like_that(String good, String bad, String field) {
        assertThat(MACHINE).contains(good);
        String message = admin().body(body(MACHINE.replace(good, bad)))
                .post("/api/v1/vms")
                .then()
                .statusCode(400)
                .extract()
                .asString();
        assertThat(message).contains(field);
    }
}
