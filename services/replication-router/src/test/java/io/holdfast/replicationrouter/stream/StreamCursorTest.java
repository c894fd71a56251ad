package io.holdfast.replicationrouter.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.replicationrouter.stream.StreamCursor.Broken;
import io.holdfast.replicationrouter.stream.StreamCursor.DropReason;
import io.holdfast.replicationrouter.stream.StreamCursor.Following;
import io.holdfast.replicationrouter.stream.StreamCursor.Fresh;
import io.holdfast.replicationrouter.stream.StreamCursor.Step;
import io.holdfast.replicationrouter.stream.StreamCursor.Step.Drop;
import io.holdfast.replicationrouter.stream.StreamCursor.Step.Forward;
import io.holdfast.replicationrouter.stream.StreamCursor.Step.Reset;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state with every kind of batch: one row each. */
class StreamCursorTest {
    static Stream<Arguments> table() {
        StreamCursor fresh = new Fresh();
        StreamCursor following = following(5, 21);
        StreamCursor broken = new Broken(new Epoch(5));
        return Stream.of(
                row(fresh, 1, 1, 10, new Forward(following(1, 11))),
                row(fresh, 9, 1, 1, new Forward(following(9, 2))),
                row(fresh, 9, 2, 3, reset(9)),
                row(following, 5, 21, 30, new Forward(following(5, 31))),
                row(following, 5, 22, 30, reset(5)),
                row(following, 5, 20, 30, reset(5)),
                row(following, 5, 1, 20, reset(5)),
                row(following, 4, 21, 30, new Drop(DropReason.STALE_EPOCH)),
                row(following, 4, 1, 1, new Drop(DropReason.STALE_EPOCH)),
                row(following, 6, 1, 7, new Forward(following(6, 8))),
                row(following, 6, 21, 30, reset(6)),
                row(broken, 5, 1, 7, new Drop(DropReason.AWAITING_NEW_EPOCH)),
                row(broken, 5, 21, 30, new Drop(DropReason.AWAITING_NEW_EPOCH)),
                row(broken, 4, 1, 7, new Drop(DropReason.AWAITING_NEW_EPOCH)),
                row(broken, 6, 1, 7, new Forward(following(6, 8))),
                row(broken, 6, 2, 7, reset(6)));
    }

    @ParameterizedTest(name = "{0} + {1}:{2}-{3} → {4}")
    @MethodSource("table")
    void a_batch_is_judged_by_the_state_of_its_stream(
            StreamCursor state, long epoch, long first, long last, Step expected) {
        assertThat(state.offer(new Epoch(epoch), new Seq(first), new Seq(last))).isEqualTo(expected);
    }

    private static Arguments row(StreamCursor state, long epoch, long first, long last, Step expected) {
        return Arguments.of(state, epoch, first, last, expected);
    }

    private static Following following(long epoch, long next) {
        return new Following(new Epoch(epoch), new Seq(next));
    }

    private static Reset reset(long epoch) {
        return new Reset(new Broken(new Epoch(epoch)));
    }
}
