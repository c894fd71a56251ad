package io.holdfast.journalstore.adapter.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Machine;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointMachine;
import io.holdfast.proto.v1.DirectBoot;
import io.holdfast.proto.v1.MachineDisk;
import io.holdfast.proto.v1.MachineNic;
import io.holdfast.proto.v1.MachineSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksIterator;

@DisplayName("The machines of a checkpoint")
class CheckpointMachinesTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final String WEB = "aaaaaaaa-0000-4000-8000-000000000001";
    private static final String DATABASE = "aaaaaaaa-0000-4000-8000-000000000002";

    @TempDir
    Path data;

    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 64 * 4096);
    private StoreFixture fixture;
    private long seconds;

    @BeforeEach
    void aJournal() {
        fixture = new StoreFixture(data, group.history(Duration.ofSeconds(60))).start();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, START), TestAgent.syncCompleted(volume, START)));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private CheckpointMachine machine(String vm, int cpus) {
        return CheckpointMachine.newBuilder()
                .setVmId(vm)
                .setName("vm " + vm.charAt(35))
                .setSpec(MachineSpec.newBuilder()
                        .setCpuCount(cpus)
                        .setMemoryBytes(512 << 20)
                        .addDisks(MachineDisk.newBuilder().setVolumeId(volume.toString()))
                        .addNics(MachineNic.newBuilder()
                                .setName("eth0")
                                .setMac("52:54:00:00:00:01")
                                .setNetwork("office")))
                .build();
    }

    /** A change, and a checkpoint behind it. */
    private UUID checkpoint(CheckpointMachine... machines) {
        seconds++;
        long micros = START + seconds * 1_000_000;
        UUID id = new UUID(7, seconds);
        fixture.log.add(agent.batch(TestAgent.filled(volume, seconds % 64, 1, (int) seconds, micros)));
        ChangesRecord record = group.checkpoint(id, micros);
        fixture.log.add(record.toBuilder()
                .setCheckpoint(record.getCheckpoint().toBuilder().addAllMachines(List.of(machines)))
                .build());
        return id;
    }

    private List<Machine> at(UUID id) {
        Checkpoint checkpoint = fixture.points().require(new CheckpointId(id));
        return fixture.points().machines(checkpoint);
    }

    private Map<String, Integer> cpusAt(UUID id) {
        Map<String, Integer> cpus = new TreeMap<>();
        at(id).forEach(machine -> cpus.put(machine.vmId(), machine.cpuCount()));
        return cpus;
    }

    @Test
    void are_as_the_record_says_with_every_field() {
        CheckpointMachine web = machine(WEB, 2);
        UUID id = checkpoint(web.toBuilder()
                .setSpec(web.getSpec().toBuilder()
                        .setMachineType("q35")
                        .setDirectBoot(DirectBoot.newBuilder()
                                .setKernel("/k")
                                .setInitrd("/i")
                                .setCommandLine("quiet")))
                .build());
        fixture.catchUp();

        assertThat(at(id)).singleElement().satisfies(machine -> {
            assertThat(machine.name()).isEqualTo("vm 1");
            assertThat(machine.memoryBytes()).isEqualTo(512 << 20);
            assertThat(machine.firmware()).isEqualTo("BIOS");
            assertThat(machine.machineType()).isEqualTo("q35");
            assertThat(machine.disks()).containsExactly(new Machine.Disk(volume.toString(), "virtio", ""));
            assertThat(machine.nics())
                    .containsExactly(new Machine.Nic("eth0", "52:54:00:00:00:01", "virtio", "office"));
            assertThat(machine.directBoot()).contains(new Machine.DirectBoot("/k", "/i", "quiet"));
        });
    }

    @Test
    void stay_as_they_were_when_an_agent_has_not_reported_again() {
        UUID both = checkpoint(machine(WEB, 2), machine(DATABASE, 4));
        UUID one = checkpoint(machine(WEB, 8));
        UUID none = checkpoint();
        fixture.catchUp();

        assertThat(cpusAt(both)).isEqualTo(Map.of(WEB, 2, DATABASE, 4));
        assertThat(cpusAt(one)).isEqualTo(Map.of(WEB, 8, DATABASE, 4));
        assertThat(cpusAt(none)).isEqualTo(cpusAt(one));
    }

    @Test
    void are_unknown_before_the_first_report() {
        UUID before = checkpoint();
        checkpoint(machine(WEB, 1));
        fixture.catchUp();

        assertThat(at(before)).isEmpty();
    }

    @Test
    void without_a_disk_in_the_journal_are_not_shown() {
        UUID id = checkpoint(CheckpointMachine.newBuilder()
                .setVmId(WEB)
                .setSpec(MachineSpec.newBuilder().setCpuCount(1))
                .build());
        fixture.catchUp();

        assertThat(at(id)).isEmpty();
    }

    @Test
    void are_stored_once_for_all_checkpoints_that_have_the_same() {
        for (int i = 0; i < 50; i++) {
            checkpoint(machine(WEB, i < 30 ? 1 : 2));
        }
        fixture.catchUp();

        assertThat(storedSets()).isEqualTo(2);
    }

    @Test
    void that_no_checkpoint_has_any_more_are_dropped() {
        UUID first = checkpoint(machine(WEB, 1));
        for (int cpus = 2; cpus <= 80; cpus++) {
            checkpoint(machine(WEB, cpus));
        }
        fixture.catchUp();
        fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(seconds + 5));
        assertThat(fixture.points().find(new CheckpointId(first))).isEmpty();

        int listed = fixture.points().list(Long.MAX_VALUE, 1000, _ -> true).size();
        assertThat(listed).isBetween(1, 79);
        assertThat(storedSets()).isEqualTo(listed);
    }

    private int storedSets() {
        return fixture.journal().using(opened -> {
            int count = 0;
            try (RocksIterator at = opened.db.iterate(opened.db.checkpoints())) {
                for (at.seek(Layout.tagged(Layout.MACHINES, 0));
                        at.isValid() && at.key()[0] == Layout.MACHINES;
                        at.next()) {
                    count++;
                }
            }
            return count;
        });
    }

    @Test
    void are_right_for_every_listed_checkpoint_whatever_crashes_and_ages() {
        long seed = Long.getLong("holdfast.seed", new Random().nextLong());
        Random random = new Random(seed);
        Map<UUID, Map<String, Integer>> expected = new HashMap<>();
        Map<String, Integer> known = new TreeMap<>();
        for (int round = 0; round < 40; round++) {
            for (int i = random.nextInt(6); i >= 0; i--) {
                List<CheckpointMachine> reported = random.nextInt(3) == 0
                        ? List.of()
                        : List.of(machine(random.nextBoolean() ? WEB : DATABASE, 1 + random.nextInt(2)));
                reported.forEach(machine ->
                        known.put(machine.getVmId(), machine.getSpec().getCpuCount()));
                expected.put(checkpoint(reported.toArray(CheckpointMachine[]::new)), Map.copyOf(known));
            }
            fixture.catchUp(1 + random.nextInt(12));
            switch (random.nextInt(5)) {
                case 0 -> fixture.crash();
                case 1 -> fixture.restart();
                case 2 -> fixture.replayFrom(Math.max(0, fixture.journal().nextOffset() - random.nextInt(8)));
                case 3 ->
                    fixture.ageAll(Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(seconds));
                default -> fixture.journal().flush();
            }
            for (Checkpoint listed : fixture.points().list(Long.MAX_VALUE, 1000, _ -> true)) {
                assertThat(cpusAt(listed.id().value()))
                        .as("seed %d, round %d, checkpoint %d", seed, round, listed.ordinal())
                        .isEqualTo(expected.get(listed.id().value()));
            }
        }
    }
}
