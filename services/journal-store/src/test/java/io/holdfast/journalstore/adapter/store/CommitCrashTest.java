package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.fixture.CommitFixture;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ZeroOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dies at every place that a commit, the release of a branch and the end of a session pass (docs/commit-protocol.md, crash table). */
class CommitCrashTest {
    private static final int SIZE = CommitFixture.SIZE;
    /** The commit's own, and ageing's while it promotes or drops. */
    private static final Set<String> PLACES = places();

    private static Set<String> places() {
        Set<String> places = new LinkedHashSet<>(FaultPlaces.OF_COMMITS);
        places.addAll(List.of(
                FaultPlaces.AGEING_PROMISED,
                FaultPlaces.AGEING_COPIED,
                FaultPlaces.AGEING_FORCED,
                FaultPlaces.AGEING_IMAGED,
                FaultPlaces.AGEING_DROPPED,
                FaultPlaces.SESSION_UNLINKED,
                FaultPlaces.SESSION_DELETED));
        return places;
    }

    @TempDir
    Path folder;

    private static final class Died extends RuntimeException {
        Died(String place) {
            super(place);
        }
    }

    /** One life of a commit, from the order to the end of the session; the same every time but for where it dies. */
    private final class Life {
        final Random random = new Random(5);
        final Map<String, Integer> reached = new LinkedHashMap<>();
        final CommitFixture world;
        final SessionId session;
        final byte[] model;
        String deadly = "";
        int deadlyTime;
        boolean watching;

        Life(Path data) throws Exception {
            world = new CommitFixture(data, 47, 60, this::at);
            Checkpoint chosen = world.checkpoints().get(5);
            RecoverySession opened = world.open(chosen);
            session = opened.id();
            model = world.read(session);
            world.pause();
            world.fixture.journal().flush();
        }

        private void at(String place) {
            if (watching) {
                int times = reached.merge(place, 1, Integer::sum);
                if (place.equals(deadly) && times == deadlyTime) {
                    watching = false;
                    throw new Died(place);
                }
            }
        }

        /** Durable writes of a client. */
        void write() throws Exception {
            BlockDevice device = world.device(session);
            int offset = random.nextInt(SIZE - 70_000);
            byte[] bytes = new byte[random.nextInt(60_000) + 1];
            random.nextBytes(bytes);
            int zeroed = random.nextInt(SIZE - 9000);
            // The model first: once a write has been given to the device it may be there after a crash, flushed or not.
            System.arraycopy(bytes, 0, model, offset, bytes.length);
            device.write(offset, ByteBuffer.wrap(bytes), false);
            Arrays.fill(model, zeroed, zeroed + 9000, (byte) 0);
            device.zero(zeroed, 9000, ZeroOptions.DEFAULT);
            device.flush();
        }

        void run() throws Exception {
            commit(true);
            release();
            end();
        }

        void commit(boolean writing) throws Exception {
            if (world.state(session) == RecoverySession.State.OPEN) {
                world.order(session);
            }
            while (world.state(session) != RecoverySession.State.COMMITTED) {
                if (writing) {
                    write();
                }
                world.tick();
            }
        }

        void release() {
            if (world.fixture.journal().fork().orElseThrow().retained()) {
                world.fixture.journal().forkState().release(CommitFixture.BRANCH);
            }
            world.tick();
        }

        void end() {
            world.fixture.store.sessions().delete(world.scenario.group.pg, session);
        }

        boolean sessionIsThere() {
            return world.fixture.store.sessions().count() == 1;
        }
    }

    private Life life(String name) throws Exception {
        return new Life(folder.resolve(name));
    }

    @Test
    void whatever_step_it_dies_at_nothing_that_was_flushed_is_lost_and_the_commit_ends_the_same() throws Exception {
        Life dry = life("dry");
        dry.write();
        dry.watching = true;
        dry.run();
        assertThat(dry.world.present()).isEqualTo(dry.model);
        assertThat(dry.reached.keySet()).containsAll(PLACES);
        assertThat(dry.reached.keySet())
                .as("places that are in a list")
                .allMatch(place -> FaultPlaces.ALL.contains(place) || FaultPlaces.OF_COMMITS.contains(place));
        dry.world.close();

        for (String place : PLACES) {
            dieAndGoOn(place, (dry.reached.get(place) + 1) / 2);
        }
    }

    private void dieAndGoOn(String place, int time) throws Exception {
        Life life = life(place + "-" + time);
        life.write();
        life.deadly = place;
        life.deadlyTime = time;
        life.watching = true;
        boolean died = false;
        try {
            life.run();
        } catch (Died expected) {
            died = true;
        }
        String as = "died at %s, time %d".formatted(place, time);
        assertThat(died).as(as).isTrue();
        life.world.fixture.crash();
        life.world.fixture.catchUp();
        if (life.sessionIsThere()) {
            assertThat(life.world.read(life.session)).as(as).isEqualTo(life.model);
            life.commit(false);
            assertThat(life.world.read(life.session)).as(as).isEqualTo(life.model);
            if (life.world.fixture.journal().fork().orElseThrow().retained()) {
                life.world.assertBranchIsWhole();
            }
            life.write();
            life.release();
            life.end();
        }
        life.world.tick();
        assertThat(life.world.present()).as(as).isEqualTo(life.model);
        assertThat(life.world.fixture.journal().liveBytes()).as(as).isZero();
        assertThat(life.world.fixture.journal().files().branch()).as(as).doesNotExist();
        assertThat(life.world.fixture.journal().snapshot().manifest().lineage())
                .as(as)
                .hasSize(2);
        life.world.close();
    }
}
