package io.holdfast.replicationagent.adapter.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.kubevirt.ApiServerDouble.Fault;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.MachineRunnerContract;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.Orders;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract against a double of the API server: no cluster was there to try it with. */
class KubeVirtRunnerTest extends MachineRunnerContract {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private ApiServerDouble cluster;
    private KubeVirtRunner runner;

    @BeforeEach
    void open() throws IOException {
        cluster = new ApiServerDouble();
        runner = runner("agent-1");
    }

    @AfterEach
    void close() {
        runner.close();
        cluster.close();
    }

    private KubeVirtRunner runner(String owner) {
        MachineSettings plain = MachineSettings.plain(DataSize.ofMiB(512));
        Hypervisor.KubeVirt hypervisor =
                new Hypervisor.KubeVirt(cluster.uri(), folder.resolve("account"), "machines", "node-1");
        return new KubeVirtRunner(
                hypervisor,
                new MachineSettings(
                        hypervisor,
                        plain.accelerator(),
                        plain.memoryLimit(),
                        Map.of("office", "office-net"),
                        List.of(),
                        plain.uefiCode(),
                        plain.uefiVariables(),
                        false),
                new MachineFolders(folder.resolve("state"), folder.resolve("sockets"), owner));
    }

    @Override
    protected boolean showsDisplays() {
        return false;
    }

    @Override
    protected MachineRunner runner() {
        return runner;
    }

    @Override
    protected MachineOrder order() {
        return Orders.order();
    }

    private static String place(MachineOrder order) {
        return "/apis/kubevirt.io/v1/namespaces/machines/virtualmachines/" + KubeNames.machine(order);
    }

    private static String instance(MachineOrder order) {
        return place(order).replace("/virtualmachines/", "/virtualmachineinstances/");
    }

    @Test
    void a_machine_is_an_object_of_its_node_that_waits_paused_with_its_disks_in_its_hook() throws Exception {
        MachineOrder order = order();
        runner.start(order);
        ObjectNode machine = cluster.objects.get(place(order));
        JsonNode spec = machine.at("/spec/template/spec");

        assertThat(machine.at("/spec/runStrategy").asText()).isEqualTo("Once");
        assertThat(spec.path("startStrategy").asText()).isEqualTo("Paused");
        assertThat(spec.at("/nodeSelector").path("kubernetes.io/hostname").asText())
                .isEqualTo("node-1");
        assertThat(spec.at("/domain/cpu/cores").asInt()).isEqualTo(2);
        assertThat(spec.at("/domain/memory/guest").asText()).isEqualTo("64Mi");
        assertThat(spec.at("/domain/devices/disks/0/serial").asText()).isEqualTo("serial-1");
        assertThat(spec.at("/domain/devices/interfaces"))
                .as("the one that is connected")
                .hasSize(1);
        assertThat(spec.at("/domain/devices/autoattachPodInterface").asBoolean(true))
                .isFalse();
        assertThat(machine.at("/metadata/labels").path("holdfast.io/agent").asText())
                .isEqualTo("agent-1");
        JsonNode hook = JSON.readTree(machine.at("/spec/template/metadata/annotations")
                .path("hooks.kubevirt.io/hookSidecars")
                .asText());
        assertThat(hook.at("/0/configMap/name").asText()).isEqualTo(KubeNames.machine(order));
        assertThat(cluster.objects).containsKey("/api/v1/namespaces/machines/configmaps/" + KubeNames.machine(order));

        runner.clear(order);
        assertThat(cluster.objects.keySet()).noneMatch(name -> name.contains(KubeNames.machine(order)));
    }

    @Test
    void the_hook_makes_network_disks_of_placeholders_whatever_their_names_hold() throws Exception {
        String export = "a'b\"c</source><x/>&lt;\\n\"\"\" + exit() %s Grüße";
        MachineOrder order = Orders.order(RunId.random(), 64, new NbdAddress("192.0.2.7", 10_810, export));
        Path program = Files.writeString(folder.resolve("disks.py"), DiskHook.programFor(order));
        String domain = "<domain><devices><disk type='file'><driver name='qemu' type='qcow2'/><source file='/e.qcow2'/>"
                + "<target dev='vda' bus='virtio'/><alias name='ua-disk0'/></disk>"
                + "<disk type='file'><source file='/other'/><alias name='ua-other'/></disk></devices></domain>";

        String changed = run(0, program, domain);
        var xml = javax.xml.parsers.DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(changed.getBytes(StandardCharsets.UTF_8)));
        var source = (org.w3c.dom.Element) xml.getElementsByTagName("source").item(0);
        assertThat(source.getAttribute("protocol")).isEqualTo("nbd");
        assertThat(source.getAttribute("name")).isEqualTo(export);
        assertThat(changed)
                .contains("<disk type=\"network\">", "192.0.2.7", "10810", "/other")
                .doesNotContain("qcow2");
        assertThat(run(1, program, "<domain/>"))
                .as("a domain without the disk does not start")
                .contains("disk0");
    }

    private String run(int code, Path program, String domain) throws Exception {
        Process python = new ProcessBuilder("python3", program.toString(), "--vmi", "{}", "--domain", domain)
                .redirectErrorStream(true)
                .start();
        String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor()).as(said).isEqualTo(code);
        return said;
    }

    @Test
    void objects_of_others_are_neither_adopted_nor_deleted_whatever_they_are_called() throws Exception {
        MachineOrder order = order();
        try (KubeVirtRunner other = runner("another")) {
            RunningMachine theirs = other.start(order);
            assertThat(runner.adopt(order)).isEmpty();
            runner.clear(order);
            assertThatThrownBy(() -> runner.start(order))
                    .isInstanceOf(MachineFailure.class)
                    .hasMessageContaining("already exists");
            assertThat(theirs.poll()).isEmpty();
            assertThat(cluster.objects)
                    .containsKey("/api/v1/namespaces/machines/configmaps/" + KubeNames.machine(order));
        }
    }

    @Test
    void answers_that_say_later_are_waited_out_and_a_lost_answer_makes_no_second_machine() throws Exception {
        MachineOrder order = order();
        cluster.faults.addAll(List.of(new Fault(429), new Fault(503)));
        RunningMachine machine = runner.start(order);
        assertThat(machine.poll()).isEmpty();
        machine.cut();
        runner.clear(order);

        MachineOrder second = order();
        cluster.losesFirstAnswers = true;
        assertThat(runner.start(second).poll()).isEmpty();
        assertThat(cluster.requests.stream().filter(request -> request.startsWith("POST")))
                .as("two objects for each machine, and two answers lost")
                .hasSize(2 + 4);
        assertThat(cluster.objects).containsKey(place(second));
    }

    @Test
    void a_cluster_that_is_away_refuses_orders_and_keeps_machines() throws Exception {
        MachineOrder order = order();
        RunningMachine machine = runner.start(order);
        cluster.faults.addAll(List.of(new Fault(500), new Fault(500), new Fault(500)));
        assertAway(() -> runner.check(order()));
        cluster.close();

        assertThat(machine.poll()).as("not known is not ended").isEmpty();
        assertAway(() -> runner.adopt(order));
        assertAway(machine::cut);
        assertThat(machine.probeGuestAgent()).isPresent();
    }

    @Test
    void a_cluster_without_kubevirt_hosts_nothing() {
        cluster.installed = false;
        assertAway(() -> runner.check(order()));
        cluster.installed = true;
        try (KubeVirtRunner later = runner("agent-1")) {
            Wait.until("offered", () -> later.adapters().equals(List.of("kubevirt")), cluster.requests::toString);
        }
    }

    private static void assertAway(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, away -> assertThat(away.code())
                .isEqualTo(AgentError.ADAPTER_MISSING));
    }

    @Test
    void a_guest_that_has_ended_is_told_in_the_words_of_the_cluster_with_what_it_printed() throws Exception {
        MachineOrder order = order();
        RunningMachine machine = runner.start(order);
        cluster.printed = "last words\u0007";
        ObjectNode status = cluster.objects.get(instance(order)).withObjectProperty("status");
        status.put("phase", "Failed");
        status.withArray("conditions").addObject().put("status", "False").put("message", "out of memory");

        assertThat(machine.poll()).hasValueSatisfying(end -> assertThat(end).contains("Failed", "out of memory"));
        assertThat(machine.console()).isEqualTo("last words.");
        assertThat(runner.lastConsole(order)).isEqualTo("last words.");
        assertThat(runner.adopt(order)).as("ended meanwhile").isEmpty();
    }

    @Test
    void a_machine_that_the_cluster_cannot_start_is_a_failure_and_nothing_is_left() {
        MachineOrder order = order();
        cluster.firstPhase = "Failed";
        assertThatThrownBy(() -> runner.start(order))
                .isInstanceOf(MachineFailure.class)
                .hasMessageContaining("Failed");
        assertThat(cluster.objects).doesNotContainKey(place(order));
    }

    @Test
    void isolated_networks_are_bridges_that_lead_nowhere_and_what_nobody_needs_is_swept() throws Exception {
        IsolatedKey used = new IsolatedKey(RunId.random(), "../lan");
        IsolatedKey left = new IsolatedKey(RunId.random(), "../lan");
        runner.networks().create(used);
        runner.networks().create(used);
        runner.networks().create(left);
        assertThat(attachments()).hasSize(2);
        JsonNode plugin = JSON.readTree(
                cluster.objects.get(attachments().getFirst()).at("/spec/config").asText());
        assertThat(plugin.path("type").asText()).isEqualTo("bridge");
        assertThat(plugin.path("bridge").asText()).hasSize(15);
        assertThat(plugin.path("isGateway").asBoolean(true)).isFalse();
        assertThat(plugin.path("ipam")).isEmpty();

        try (KubeVirtRunner other = runner("another");
                KubeVirtRunner restarted = runner("agent-1")) {
            cluster.requests.clear();
            other.networks().sweep(Set.of());
            // Made since the start, so needed by somebody.
            runner.networks().sweep(Set.of());
            Wait.until("both have looked", () -> cluster.requests.size() == 2, cluster.requests::toString);
            restarted.networks().sweep(Set.of(used));
            Wait.until("what was left is gone", () -> attachments().size() == 1, () -> attachments()
                    .toString());
            assertThat(cluster.requests.stream().filter(request -> request.startsWith("DELETE")))
                    .hasSize(1);
        }
        runner.networks().remove(used);
        assertThat(attachments()).isEmpty();
    }

    private List<String> attachments() {
        return cluster.objects.keySet().stream()
                .filter(name -> name.contains("network-attachment-definitions"))
                .toList();
    }

    @Test
    void what_kubevirt_cannot_be_told_is_refused() {
        MachineOrder whole = order();
        MachineSpec spec = whole.spec();
        MachineOrder direct = new MachineOrder(
                whole.id(),
                whole.vm(),
                whole.name(),
                whole.run(),
                new MachineSpec(
                        spec.cpus(),
                        spec.memoryBytes(),
                        spec.firmware(),
                        spec.machineType(),
                        spec.disks(),
                        spec.nics(),
                        Optional.of(new DirectBoot("/kernel", "", ""))),
                whole.volumes(),
                whole.links(),
                List.of(),
                0);
        assertThatThrownBy(() -> runner.check(direct))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(AgentError.MACHINE_SPEC_INVALID));
        assertAway(() -> runner.check(Orders.order(new ReadinessProbe.Tcp("10.0.0.1", 80, "eth0"))));
    }
}
