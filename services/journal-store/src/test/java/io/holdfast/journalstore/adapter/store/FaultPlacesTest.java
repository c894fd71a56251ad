package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalCheck;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.fixture.OldJournal;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.id.CheckpointId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ends a store at every named place (docs/journal-recovery.md), once at the first time and once at a later one, in the middle of a life that goes
 * through everything a store does. What is found afterwards is sound and whole, before and after Kafka has brought the rest again.
 */
class FaultPlacesTest {
    private static final long START = 1_767_225_600_000_000L;
    private static final int RECORDS = 60;

    @TempDir
    Path data;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());

    /** No handler of the product takes it for a failure that it could mend. */
    private static final class Died extends Error {
        private static final long serialVersionUID = 1;

        Died(String place) {
            super(place);
        }
    }

    /** Ends at the n-th time that a place is reached; what is dead does nothing more, on any thread. */
    private static final class Death implements FaultPoints {
        private final String place;
        private int left;
        private boolean dead;
        private final Set<String> unknown = new TreeSet<>();

        Death(String place, int time) {
            this.place = place;
            left = time;
        }

        @Override
        public synchronized void reached(String here) {
            if (!FaultPlaces.ALL.contains(here)) {
                unknown.add(here);
            }
            if (!dead && here.equals(place) && --left == 0) {
                dead = true;
            }
            if (dead) {
                throw new Died(here);
            }
        }

        synchronized boolean isDead() {
            return dead;
        }

        synchronized Set<String> unknown() {
            return Set.copyOf(unknown);
        }
    }

    static List<String> places() {
        return FaultPlaces.ALL;
    }

    @ParameterizedTest
    @MethodSource("places")
    void wherever_a_store_dies_it_comes_back_whole(String place) throws Exception {
        Random random = new Random(seed ^ place.hashCode());
        assertThat(dieAndReturn(data.resolve("first"), place, 1))
                .as("the first time at %s was reached", place)
                .isTrue();
        // Some places are reached once in a life.
        dieAndReturn(data.resolve("later"), place, 2 + random.nextInt(8));
    }

    private boolean dieAndReturn(Path directory, String place, int time) throws Exception {
        OldJournal old = new OldJournal(directory);
        old.write();
        Scenario scenario = new Scenario(seed, START);
        scenario.group.history(Duration.ofSeconds(40));
        Death death = new Death(place, time);
        StoreFixture fixture = new StoreFixture(directory, scenario.group);
        fixture.faults = death;
        try {
            live(fixture, scenario, old);
        } catch (Died expected) {
            assertThat(death.isDead()).isTrue();
        }
        assertThat(death.unknown()).as("places that are in no list").isEmpty();
        if (fixture.store != null) {
            fixture.store.abandon();
        }
        fixture.faults = FaultPoints.NONE;
        fixture.start();
        String what = "%s, time %d, seed %d".formatted(place, time, seed);
        compare(fixture, scenario, old, what + ", right after the start");
        fixture.catchUp();
        compare(fixture, scenario, old, what + ", caught up");
        fixture.ageAll(late());
        compare(fixture, scenario, old, what + ", aged");
        fixture.close();
        return death.isDead();
    }

    private static Instant late() {
        return Instant.EPOCH.plus(START, ChronoUnit.MICROS).plusSeconds(RECORDS);
    }

    /** Everything that a store does in its life. */
    private void live(StoreFixture fixture, Scenario scenario, OldJournal old) {
        fixture.start();
        fixture.store.scrubs().check(old.pg, _ -> {});
        for (int i = 0; i < RECORDS; i++) {
            fixture.put(scenario.next());
            if (i % 20 == 19) {
                fixture.journal().flush();
            }
        }
        Checkpoint newest = fixture.points().newest().orElseThrow();
        fixture.points().hold(newest.id());
        fixture.points()
                .mark(
                        newest.id(),
                        CheckpointMarks.Kind.VERIFIED,
                        Optional.of(new CheckpointMarks.Evidence(START, "looked at")));
        var session =
                fixture.store.sessions().create(new Sessions.Order(fixture.group.pg, new Point.Latest(), "", "order"));
        fixture.store.follow(fixture.group.policy());
        fixture.ageAll(late());
        fixture.store.sessions().delete(fixture.group.pg, session.id());
        fixture.store.scrubs().check(fixture.group.pg, _ -> {});
        fixture.points().release(newest.id());
        deleteAnother(fixture);
        fixture.ageAll(late());
        fixture.ageAll(late().plusSeconds(1));
        fixture.restart();
    }

    private static void deleteAnother(StoreFixture fixture) {
        TestGroup other = new TestGroup(99);
        other.volume(other.agent(), 1 << 20);
        fixture.store.follow(other.policy());
        fixture.store.follow(other.state(JournalPolicy.State.REMOVED).policy());
        fixture.store.delete(other.pg);
    }

    private void compare(StoreFixture fixture, Scenario scenario, OldJournal old, String what) throws IOException {
        for (Checkpoint checkpoint : fixture.points().list(Long.MAX_VALUE, 1000, _ -> true)) {
            assertThat(Scenario.sums(fixture.read(new Point.AtCheckpoint(checkpoint.id()), scenario.volume())))
                    .as("checkpoint at LSN %s: %s", checkpoint.lsn(), what)
                    .isEqualTo(scenario.expected.get(checkpoint.id().value()));
            assertThat(checkpoint.marks().suspect()).as(what).isEmpty();
        }
        assertThat(new JournalCheck(fixture.journal()).toTheEnd().findings())
                .as(what)
                .isEmpty();
        Journal migrated = fixture.store.require(old.pg);
        try (OpenPoint point =
                new JournalPoints(migrated).open(new Point.AtCheckpoint(new CheckpointId(OldJournal.HELD)))) {
            ByteBuffer bytes = ByteBuffer.allocate(OldJournal.BLOCKS * 4096);
            migrated.reader(point.volumes().getFirst(), point.lsn()).read(0, bytes);
            assertThat(bytes.array()).as(what).isEqualTo(old.expected(15));
        }
        for (var pg : fixture.store.groups()) {
            assertThat(fixture.store.slot(pg).orElseThrow()).as(what).isInstanceOf(JournalSlot.Open.class);
        }
    }
}
