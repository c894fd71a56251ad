package io.holdfast.replicationrouter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ResendRange;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.replicationrouter.lease.Ownership;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a journal needs again, on its way to the agent that has it. */
class ResendDeskTest {
    private final RouterWorld world = new RouterWorld();
    private final RouterWorld.Agent agent = world.newAgent();

    @BeforeEach
    void connect() {
        agent.connect();
    }

    private VolumeRange range(long offset, long length) {
        return range(agent.volume().toString(), offset, length);
    }

    private static VolumeRange range(String volume, long offset, long length) {
        return VolumeRange.newBuilder()
                .setVolumeId(volume)
                .setOffsetBytes(offset)
                .setLengthBytes(length)
                .build();
    }

    private void needs(VolumeRange... ranges) {
        needs(List.of(ranges));
    }

    private void needs(List<VolumeRange> ranges) {
        world.router().journalServed(agent.pg, "http://journal:1", ranges);
    }

    private List<VolumeRange> told() {
        return agent.resends.stream()
                .flatMap(order -> order.getRangesList().stream())
                .toList();
    }

    /** Heartbeats keep the session alive meanwhile. */
    private void pass(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 500) {
            world.pass(Duration.ofMillis(500));
            agent.beat();
        }
    }

    @Test
    void anAgentIsToldOnceAndAgainAfterAMinute() {
        needs(range(0, 4096));
        needs(range(0, 4096));
        pass(Duration.ofSeconds(50));
        needs(range(0, 4096), range(8192, 4096));
        assertThat(told()).containsExactly(range(0, 4096), range(8192, 4096));
        assertThat(agent.resends)
                .allSatisfy(order -> assertThat(order.getReason()).isEqualTo("SCRUB_FOUND_DAMAGE"))
                .allSatisfy(order -> assertThat(order.getPgId()).isEqualTo(agent.pg.toString()));

        pass(Duration.ofSeconds(11));
        needs(range(0, 4096), range(8192, 4096));
        assertThat(told()).hasSize(3).last().isEqualTo(range(0, 4096));
    }

    @Test
    void aRangeThatCameAndIsDamagedAgainIsToldAtOnce() {
        needs(range(0, 4096));
        needs();
        needs(range(0, 4096));

        assertThat(told()).hasSize(2);
    }

    @Test
    void whatIsNoRangeIsLeftOutAndTheRestIsTold() {
        needs(
                range("", 0, 4096),
                range("no-volume", 0, 4096),
                range(-1, 4096),
                range(0, 0),
                range(0, -5),
                range(Long.MAX_VALUE, 2),
                range(VolumeId.random().toString(), 0, 4096),
                range(4096, 4096));

        assertThat(told()).containsExactly(range(4096, 4096));
        assertThat(world.refusedRanges)
                .containsExactly(
                        "INVALID_ID", "INVALID_ID", "INVALID_RANGE", "INVALID_RANGE", "INVALID_RANGE", "INVALID_RANGE");
        assertThat(agent.connected()).isTrue();
    }

    @Test
    void nothingIsNotedAsToldWhileTheAgentIsAwayOrTakesNothing() {
        agent.connectionLost();
        needs(range(0, 4096));
        agent.connect();
        agent.ready = false;
        needs(range(0, 4096));
        assertThat(told()).isEmpty();

        agent.ready = true;
        needs(range(0, 4096));
        assertThat(told()).containsExactly(range(0, 4096));
    }

    @Test
    void anotherRoutersGroupIsLeftToIt() {
        world.router().ownership(new Ownership(Set.of(1), Map.of(0, "other:1")));
        needs(range(0, 4096));
        assertThat(told()).isEmpty();

        world.router().ownership(new Ownership(Set.of(0, 1), Map.of()));
        needs(range(0, 4096));
        assertThat(told()).hasSize(1);
    }

    @Test
    void aFrameHasAtMostAThousandRangesAndAGroupAtMostEightOfThem() {
        List<VolumeRange> many = new ArrayList<>();
        for (int i = 0; i < 3 * ResendDesk.RANGES_PER_GROUP; i++) {
            many.add(range(i * 8192L, 4096));
        }
        needs(many);

        assertThat(agent.resends).allSatisfy(order -> assertThat(order.getRangesCount())
                .isLessThanOrEqualTo(ResendDesk.RANGES_PER_FRAME));
        assertThat(told()).hasSize(ResendDesk.RANGES_PER_GROUP).doesNotHaveDuplicates();

        needs(many.subList(ResendDesk.RANGES_PER_GROUP / 2, many.size()));
        assertThat(told())
                .as("half of them came, the next take their places")
                .hasSize(ResendDesk.RANGES_PER_GROUP * 3 / 2)
                .doesNotHaveDuplicates();
    }

    @Test
    void aRangeNamedAThousandTimesIsToldOnce() {
        needs(Collections.nCopies(1000, range(0, 4096)));

        assertThat(agent.resends).extracting(ResendRange::getRangesCount).containsExactly(1);
    }

    @Test
    void aGroupThatIsRemovedIsForgotten() {
        needs(range(0, 4096));
        world.router().policy(RouterWorld.removed(agent.policy()));
        needs(range(0, 4096));

        assertThat(told()).hasSize(1);
    }
}
