package io.holdfast.replicationrouter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationrouter.checkpoint.Discard;
import io.holdfast.replicationrouter.runtime.SimulatedAgent.Fault;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Checkpoints over several agents, thousands of them, as fast as they can be cut, while connections break, agents and routers die and Kafka fails: never one with an effect
 * and without its cause. {@code -Dholdfast.group.worlds=1000} makes more worlds; a failure names the seed of its world.
 */
class GroupSimulationTest {
    private static final int WORLDS = Integer.getInteger("holdfast.group.worlds", 100);
    private static final Duration TROUBLED = Duration.ofSeconds(6);
    private static final Duration CALM = Duration.ofSeconds(3);
    private static final Logger QUIET = Logger.getLogger("io.holdfast.replicationrouter.runtime");

    @BeforeAll
    static void quiet() {
        QUIET.setLevel(Level.SEVERE);
    }

    @AfterAll
    static void loud() {
        QUIET.setLevel(null);
    }

    @Test
    void noListedCheckpointHasTheEffectWithoutTheCause() {
        long first = System.nanoTime();
        int listed = 0;
        Map<Discard, Integer> discards = new EnumMap<>(Discard.class);
        for (int i = 0; i < WORLDS; i++) {
            GroupWorld world = simulate(first + i);
            listed += world.listedInAll();
            world.discards.forEach((why, count) -> discards.merge(why, count, Integer::sum));
        }
        System.out.printf(
                "%d worlds from seed %d: %d checkpoints listed, discarded %s%n", WORLDS, first, listed, discards);
        assertThat(listed).as("checkpoints from seed %d on", first).isGreaterThan(50 * WORLDS);
        assertThat(discards)
                .as("what the worlds went through, from seed %d on", first)
                .containsKeys(
                        Discard.STREAM_LOST, Discard.HOLD_TIMED_OUT, Discard.HOLD_EXPIRED, Discard.POLICY_CHANGED);
    }

    @Test
    void aSeedThatFailed() {
        simulate(1L);
    }

    private static GroupWorld simulate(long seed) {
        GroupWorld world = new GroupWorld(seed, 2 + (int) Math.floorMod(seed, 2L), 4);
        try {
            world.troubled();
            world.time.runUntil(world.time.nanos() + TROUBLED.toNanos());
            world.calm();
            int before = world.listedInAll();
            world.time.runUntil(world.time.nanos() + CALM.toNanos());
            assertThat(world.listedInAll()).as("checkpoints after the faults").isGreaterThan(before + 10);
            assertThat(world.agents).allSatisfy(agent -> assertThat(agent.longestHoldNanos)
                    .as("the longest that a guest was held; the limit is 100 ms")
                    .isLessThanOrEqualTo(100_000_000));
        } catch (AssertionError | RuntimeException failed) {
            throw new AssertionError("seed " + seed + ": " + world.listed + " " + world.discards, failed);
        }
        return world;
    }

    /** Were the protocol broken in one of these ways, this test would notice: it is no check that cannot fail. */
    @ParameterizedTest
    @EnumSource(names = {"HIDES_EXPIRY", "MARKS_BEFORE_HOLDING"})
    void agentsThatBreakTheProtocolAreFoundOut(Fault fault) {
        for (long seed = 1; seed <= 200; seed++) {
            GroupWorld world = new GroupWorld(seed, 2, 6);
            world.agents.forEach(agent -> agent.fault = fault);
            world.troubled();
            try {
                world.time.runUntil(world.time.nanos() + TROUBLED.toNanos());
            } catch (AssertionError found) {
                assertThat(found).hasMessageContaining("on its first disk");
                return;
            }
        }
        throw new AssertionError("200 worlds with agents that are " + fault + " and no wrong checkpoint");
    }
}
