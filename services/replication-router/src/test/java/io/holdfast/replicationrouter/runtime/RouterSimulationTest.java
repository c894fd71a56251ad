package io.holdfast.replicationrouter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.StreamPosition;
import io.holdfast.proto.v1.ChangesRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Cut, acknowledge, fail, reconnect, restart in every order that chance finds, with the invariants checked after every step. A
 * failing run prints its seed; put it into {@link #aSeedThatFailed} to repeat it.
 */
class RouterSimulationTest {
    private static final int STEPS = 600;
    /** Thousands of sessions open and end here; held, because the log manager forgets a level that nobody refers to. */
    private static final Logger QUIET = Logger.getLogger("io.holdfast.replicationrouter.runtime");

    @BeforeAll
    static void quiet() {
        QUIET.setLevel(Level.SEVERE);
    }

    @AfterAll
    static void loud() {
        QUIET.setLevel(null);
    }

    static List<Long> seeds() {
        long first = System.nanoTime();
        List<Long> seeds = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            seeds.add(first + i);
        }
        return seeds;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whateverHappensThereIsNoHoleAndNothingIsAcknowledgedThatKafkaHasNot(long seed) {
        simulate(seed);
    }

    @Test
    void aSeedThatFailed() {
        simulate(1L);
    }

    private static void simulate(long seed) {
        Random random = new Random(seed);
        RouterWorld world = new RouterWorld();
        List<RouterWorld.Agent> agents = List.of(world.newAgent(), world.newAgent(), world.newAgent());
        agents.getFirst().knowsCredit = false;
        for (int step = 0; step < STEPS; step++) {
            RouterWorld.Agent agent = agents.get(random.nextInt(agents.size()));
            switch (random.nextInt(20)) {
                case 0 -> agent.connectionLost();
                case 1, 2 -> {
                    if (!agent.connected()) {
                        agent.connect();
                    }
                }
                case 3 -> {
                    if (random.nextInt(6) == 0) {
                        world.failAll(random.nextInt(world.outstanding() + 1));
                    }
                }
                case 4 -> {
                    if (random.nextInt(8) == 0) {
                        world.killRouter(random.nextInt(world.outstanding() + 1));
                    }
                }
                case 5 -> {
                    if (random.nextInt(6) == 0) {
                        agent.connectionLost();
                        agent.newEpoch();
                    }
                }
                case 6, 7, 8 -> agent.beat();
                case 9, 10, 11 -> agent.write(1 + random.nextInt(5));
                case 12, 13, 14, 15 -> agent.sendBatch(1 + random.nextInt(4));
                case 16 -> world.pass(Duration.ofMillis(random.nextInt(1500)));
                default -> world.confirm(1 + random.nextInt(4));
            }
            check(world, agents, "seed %d, step %d".formatted(seed, step));
        }
        settle(world, agents, "seed " + seed);
    }

    /** When the faults stop, everything arrives and checkpoints are cut again. */
    private static void settle(RouterWorld world, List<RouterWorld.Agent> agents, String where) {
        int cutsBefore = world.cuts;
        for (int round = 0; round < 200; round++) {
            for (RouterWorld.Agent agent : agents) {
                if (!agent.connected()) {
                    agent.connect();
                }
                agent.sendBatch(50);
                agent.beat();
            }
            world.confirm(1000);
            world.pass(Duration.ofMillis(200));
        }
        for (int round = 0; round < 20; round++) {
            agents.forEach(agent -> agent.sendBatch(50));
            world.confirm(1000);
        }
        check(world, agents, where);
        assertThat(agents).as(where).allSatisfy(agent -> assertThat(agent.acked())
                .isEqualTo(agent.newest()));
        assertThat(world.cuts).as(where + ": cuts after the faults").isGreaterThan(cutsBefore + 10);
        assertThat(world.inFlight()).as(where + ": bytes in flight at rest").isZero();
    }

    private static void check(RouterWorld world, List<RouterWorld.Agent> agents, String where) {
        var applied = RouterWorld.replay(world.kafka);
        for (RouterWorld.Agent agent : agents) {
            StreamPosition inKafka = applied.getOrDefault(agent.stream, StreamPosition.START);
            assertThat(RouterWorld.at(agent.epoch(), agent.acked()))
                    .as("%s: acknowledged to agent %s", where, agent.id)
                    .satisfiesAnyOf(acked -> assertThat(acked.seq().value()).isZero(), acked -> assertThat(acked)
                            .isLessThanOrEqualTo(inKafka));
        }
        for (int i = 0; i < world.kafka.size(); i++) {
            ChangesRecord record = world.kafka.get(i);
            if (record.hasCheckpoint()) {
                assertThat(i).as(where).isPositive();
                var marker = world.kafka.get(i - 1).getBatch();
                assertThat(marker.getMarkerCheckpointId())
                        .as("%s: the batch directly before checkpoint record %d", where, i)
                        .isEqualTo(record.getCheckpoint().getCheckpointId());
                var position = record.getCheckpoint().getPositions(0);
                assertThat(position.getSeq()).as(where).isEqualTo(marker.getFirstSeq() + marker.getRecordCount() - 1);
            }
        }
        for (RouterWorld.Agent agent : agents) {
            if (agent.knowsCredit) {
                assertThat(agent.spent())
                        .as("%s: bytes that agent %s sent on its credit", where, agent.id)
                        .isLessThanOrEqualTo(agent.granted());
            }
        }
        assertThat(world.inFlight())
                .as("%s: bytes in flight", where)
                .isLessThanOrEqualTo((64 << 10) + agents.size() * 60_000L);
    }
}
