package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hundreds of groups in one store: one memory budget for all, a bound on open files, and all of them go on. */
class ManyJournalsTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final int GROUPS = 300;
    private static final int ROUNDS = 12;
    private static final int BLOCKS = 64;

    private Path data;

    /** In memory where there is such a file system: making 300 databases durable is the disk's time and shows nothing here. */
    @BeforeEach
    void folder() throws IOException {
        Path memory = Path.of("/dev/shm");
        data = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "holdfast-many")
                : Files.createTempDirectory("holdfast-many");
    }

    @AfterEach
    void remove() throws IOException {
        SafeFile.deleteFolder(data);
    }

    private record Member(TestGroup group, TestAgent agent, VolumeId volume) {}

    @Test
    void three_hundred_groups_take_turns_in_one_store_within_its_budgets() throws Exception {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < GROUPS; i++) {
            TestGroup group = new TestGroup(i);
            TestAgent agent = group.agent();
            members.add(new Member(group, agent, group.volume(agent, BLOCKS * 4096)));
        }
        StoreFixture fixture = new StoreFixture(data, members.getFirst().group());
        fixture.start();
        long budget = fixture.options().cacheBytes();
        long memoryBefore = residentBytes();
        members.forEach(member -> fixture.store.follow(member.group().policy()));
        long offset = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (Member member : members) {
                offset = round(fixture, member, round, offset);
            }
            assertThat(fixture.store.memory().usedBytes())
                    .as("write buffers and cache of all journals, round %d", round)
                    .isLessThanOrEqualTo(budget + budget / 4);
        }
        assertThat(openFiles()).as("open files").isLessThan(GROUPS * 40L);
        // A budget that is not shared would be 300 times the write buffers of one.
        assertThat(residentBytes() - memoryBefore).as("memory that they took").isLessThan(1L << 30);
        assertAllWhole(fixture, members, ROUNDS);

        fixture.restart();
        assertThat(fixture.store.groups()).hasSize(GROUPS);
        assertAllWhole(fixture, members, ROUNDS);
        fixture.close();
    }

    private static long round(StoreFixture fixture, Member member, int round, long offset) {
        Journal journal = fixture.store.require(member.group().pg);
        long at = offset;
        if (round == 0) {
            journal.apply(
                    at++,
                    member.agent()
                            .batch(
                                    TestAgent.syncStarted(member.volume(), START),
                                    TestAgent.syncCompleted(member.volume(), START)));
        }
        journal.apply(
                at++, member.agent().batch(TestAgent.filled(member.volume(), round, 8, round + 1, START + round)));
        journal.apply(at++, member.group().checkpoint(UUID.randomUUID(), START + round));
        journal.commit();
        return at;
    }

    private static void assertAllWhole(StoreFixture fixture, List<Member> members, int rounds) throws IOException {
        for (Member member : members) {
            Journal journal = fixture.store.require(member.group().pg);
            try (var point =
                    new io.holdfast.journalstore.adapter.rocksdb.JournalPoints(journal).open(new Point.Latest())) {
                var bytes = java.nio.ByteBuffer.allocate(BLOCKS * 4096);
                journal.reader(point.volumes().getFirst(), point.lsn()).read(0, bytes);
                for (int block = 0; block < BLOCKS; block++) {
                    int written = block < rounds ? block + 1 : block < rounds + 7 ? rounds : 0;
                    assertThat(bytes.get(block * 4096))
                            .as("block %d of %s", block, member.group().pg)
                            .isEqualTo((byte) written);
                }
            }
        }
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private static long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }
}
