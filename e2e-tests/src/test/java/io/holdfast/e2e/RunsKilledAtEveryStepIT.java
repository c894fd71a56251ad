package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.MachineTraces;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Real processes end by SIGKILL while a run is at a step. The steps are asked of undisturbed runs. Of each pair of a story and a service the service dies at the beginning of every
 * kind of step, several times in a run, and runs are ordered until none is left ({@code make crashes}); {@code make test} plays a few steps of one pair, others each time. The machine is a QEMU
 * without a system: it is ready as soon as it runs.
 */
@DisplayName("A run")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunsKilledAtEveryStepIT {
    private static final Duration PATIENCE = RecordsVm.PATIENCE;
    private static final List<String> VICTIMS = List.of("recovery-plan", "replication-agent", "journal-store");
    private static final String PAIRS = "holdfast.crashes.pairs";
    /** Of the one pair that is played where nobody says how many. */
    private static final int FEW_KINDS = 4;

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    private final byte[] contents = new byte[1 << 20];
    private final List<ProtectedMachine> groups = new ArrayList<>();
    private MachineTraces before;
    private final Map<RunStory, Set<String>> kindsOf = new EnumMap<>(RunStory.class);
    private String plan;

    /** A service that is killed at every step of a story. */
    private record Pair(RunStory story, String victim) {
        @Override
        public String toString() {
            return "that is %s survives kills of %s at every step".formatted(story, victim);
        }
    }

    @BeforeAll
    void two_groups_are_protected() throws IOException {
        before = MachineTraces.of(SITE.site());
        new Random(9).nextBytes(contents);
        groups.add(protect("crashes-disk", SiteClient.object()));
        ObjectNode spec = SiteClient.object();
        ObjectNode machine = spec.putObject("machine").put("cpuCount", 1).put("memoryBytes", 64 << 20);
        machine.putArray("nics")
                .addObject()
                .put("name", "eth0")
                .put("mac", "52:54:00:77:01:01")
                .put("network", "office");
        groups.add(protect("crashes-machine", spec));
        plan = plan();
    }

    /** A VM that nobody runs: its agent serves its disk. */
    private ProtectedMachine protect(String name, ObjectNode request) throws IOException {
        Path disk = Files.write(SITE.disks().resolve(name + ".raw"), contents);
        request.put("hostId", RecordsVm.hostThatRunsMachines(SITE.client())).put("name", name);
        request.putArray("volumes").addObject().put("name", "root").put("backing", disk.toString());
        ProtectedMachine group =
                ProtectedGuest.protect(SITE.client(), name, ProtectedMachine.attached(SITE.client(), request));
        group.awaitCheckpointAfter(Instant.EPOCH, PATIENCE);
        return group;
    }

    /** Disks first, then a machine: all kinds of readiness. */
    private String plan() {
        ObjectNode plan = SiteClient.object().put("name", "crashes");
        ObjectNode disks =
                plan.putArray("groups").addObject().put("name", "disks").put("bootDelay", "PT1S");
        disks.putArray("pgIds").add(groups.get(0).pgId());
        disks.putObject("readiness").put("type", "NBD_EXPORT").put("timeout", "PT2M");
        ObjectNode machines =
                plan.withArray("groups").addObject().put("name", "machines").put("powerOn", true);
        machines.putArray("pgIds").add(groups.get(1).pgId());
        machines.putArray("dependsOn").add("disks");
        machines.putObject("readiness").put("type", "MACHINES").put("timeout", "PT2M");
        ObjectNode networks = machines.putObject("machines").putObject("networks");
        networks.putObject("test").putObject("office").put("isolated", "lan");
        networks.putObject("live").putObject("office").put("isolated", "lan");
        return "/api/v1/plans/"
                + SITE.client().post("/api/v1/plans", plan).path("id").asText();
    }

    @AfterAll
    void nothing_of_it_stays() {
        MachineTraces.of(SITE.site()).without(before).remove();
        groups.forEach(group -> group.remove(PATIENCE));
    }

    @TestFactory
    Stream<DynamicTest> at_every_step() {
        long seed = Long.getLong("holdfast.crashes.seed", System.nanoTime());
        List<Pair> pairs = new ArrayList<>();
        for (RunStory story : RunStory.values()) {
            VICTIMS.forEach(victim -> pairs.add(new Pair(story, victim)));
        }
        Random random = new Random(seed);
        Collections.shuffle(pairs, random);
        boolean few = System.getProperty(PAIRS) == null;
        List<Pair> chosen = pairs.subList(0, Math.clamp(Integer.getInteger(PAIRS, 1), 1, pairs.size()));
        System.out.printf(
                "crashes: %d of %d pairs; repeat with -Dholdfast.crashes.seed=%d%n", chosen.size(), pairs.size(), seed);
        return chosen.stream()
                .map(pair -> dynamicTest(
                        "%s (seed %d)".formatted(pair, seed),
                        () -> survive(pair, kinds -> few ? some(kinds, random) : kinds)));
    }

    /** The kinds of steps of an undisturbed run. */
    private Set<String> kinds(RunStory story) {
        WatchedRun run = WatchedRun.order(SITE.client(), plan, story);
        WatchedRun.End end = run.play(Set.of(), _ -> {}, this::assertRecovered);
        assertThat(end.state()).isEqualTo(story.end());
        assertNothingIsLeft(story, run.report());
        return WatchedRun.begun(end.run());
    }

    private static List<String> some(List<String> kinds, Random random) {
        List<String> shuffled = new ArrayList<>(kinds);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, Math.min(FEW_KINDS, shuffled.size()));
    }

    private void survive(Pair pair, UnaryOperator<List<String>> choice) {
        Set<String> kinds = kindsOf.computeIfAbsent(pair.story(), this::kinds);
        Set<String> left = new LinkedHashSet<>(choice.apply(List.copyOf(kinds)));
        System.out.println("crashes: " + pair + ": " + left);
        while (!left.isEmpty()) {
            WatchedRun.End end = playOne(pair, left);
            System.out.printf("crashes: %s after kills at %s and %d retries%n", end.state(), end.met(), end.retries());
            assertThat(end.met()).as("killed at some of %s", left).isNotEmpty();
            left.removeAll(end.met());
        }
    }

    private WatchedRun.End playOne(Pair pair, Set<String> left) {
        WatchedRun run = WatchedRun.order(SITE.client(), plan, pair.story());
        try {
            WatchedRun.End end = run.play(left, _ -> dies(pair.victim()), this::assertRecovered);
            assertNothingIsLeft(pair.story(), run.report());
            return end;
        } catch (RuntimeException | AssertionError failed) {
            // The next pair finds a site that works.
            VICTIMS.forEach(SITE::restart);
            run.abandon();
            throw failed;
        }
    }

    private static void dies(String victim) {
        SITE.kill(victim);
        SITE.start(victim);
    }

    private void assertRecovered(JsonNode run) {
        assertThat(run.path("recovered").asBoolean()).as(run.toString()).isTrue();
        assertThat(run.path("sessions")).hasSameSizeAs(groups);
        // A journal-store that was killed catches up with a session's point before it serves it again.
        Eventually.until("recovered disks are served", PATIENCE, () -> run.path("sessions")
                .forEach(session -> assertThat(bytes(session.path("exports").path(0)))
                        .as("bytes of a recovered disk of %s", run)
                        .isEqualTo(ByteBuffer.wrap(contents))));
    }

    private ByteBuffer bytes(JsonNode export) {
        ByteBuffer found = ByteBuffer.allocate(contents.length);
        try (BlockDevice disk = NbdClient.open(
                ProtectedMachine.address(export.path("nbdAddress").asText()),
                export.path("nbdExport").asText())) {
            disk.read(0, found);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return found.rewind();
    }

    /** Neither on the host nor in the journal; and the source owns its VMs, after a move because a person has decided so. */
    private void assertNothingIsLeft(RunStory story, JsonNode report) {
        MachineTraces.of(SITE.site()).without(before).requireNone();
        assertThat(report.at("/cleanup/openSessions")).as(report.toString()).isEmpty();
        for (ProtectedMachine group : groups) {
            assertThat(SITE.client().get(group.journalPath() + "/sessions").path("items"))
                    .as("sessions")
                    .isEmpty();
            if (story == RunStory.MOVED) {
                comeBack(group);
            }
        }
        groups.forEach(group -> group.awaitLifecycle("PROTECTED", PATIENCE));
    }

    /** A commit keeps what it leaves behind as a branch, and the next one is refused while that is there. */
    private static void comeBack(ProtectedMachine group) {
        String branches = group.journalPath() + "/branches";
        SITE.client().get(branches).path("items").forEach(branch -> SITE.client()
                .delete(branches + "/" + branch.path("name").asText()));
        SITE.client()
                .post(
                        group.groupPath() + "/failover/return",
                        SiteClient.object().put("discardRecovered", true));
    }
}
