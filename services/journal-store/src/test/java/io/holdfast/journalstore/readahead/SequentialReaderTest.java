package io.holdfast.journalstore.readahead;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.readahead.SequentialReader.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A client that reads a recovery image")
class SequentialReaderTest {
    private static final long SIZE = 1L << 30;
    private static final int REQUEST = 256 << 10;

    private final SequentialReader reader = new SequentialReader(SIZE);
    private final List<Range> fetched = new ArrayList<>();
    private long at;

    /** Reads in order, one request at a time. */
    private void readInOrder(long bytes, boolean waits) {
        for (long end = at + bytes; at < end; at += REQUEST) {
            ask(at, REQUEST);
            reader.read(1_000_000, waits ? 100_000 : 900_000);
        }
    }

    private void ask(long offset, int length) {
        reader.asked(offset, length).ifPresent(fetched::add);
    }

    @Test
    void in_order_from_a_disk_that_makes_it_wait_is_read_ahead_for() {
        readInOrder(SequentialReader.BEGIN_BYTES, true);
        assertThat(reader.isOn()).isTrue();

        readInOrder(32 << 20, false);

        long next = SequentialReader.BEGIN_BYTES + REQUEST;
        for (Range range : fetched) {
            assertThat(range.offset()).as("every byte once, in order").isEqualTo(next);
            next += range.length();
        }
        assertThat(next - at).isBetween(1L, SequentialReader.WINDOW_BYTES + SequentialReader.FETCH_BYTES);
    }

    @Test
    void that_does_not_wait_is_left_alone() {
        readInOrder(64 << 20, false);

        assertThat(fetched).isEmpty();
    }

    @Test
    void with_several_requests_at_a_time_is_left_alone() {
        for (int i = 0; i < 1000; i++) {
            ask((long) i * REQUEST, REQUEST);
            if (i > 0) {
                reader.read(1_000_000, 100_000);
            }
        }

        assertThat(fetched).isEmpty();
    }

    @Test
    void here_and_there_is_left_alone() {
        Random random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            ask(random.nextInt(4000) * (long) REQUEST, REQUEST);
            reader.read(1_000_000, 100_000);
        }

        assertThat(fetched).isEmpty();
    }

    @Test
    void and_jumps_has_to_read_in_order_again_first() {
        readInOrder(SequentialReader.BEGIN_BYTES, true);
        at = 512 << 20;
        fetched.clear();

        ask(at, REQUEST);
        reader.read(1_000_000, 100_000);

        assertThat(reader.isOn()).isFalse();
        assertThat(fetched).isEmpty();
    }

    @Test
    void whose_data_turns_out_to_be_in_memory_is_left_alone_for_a_while() {
        readInOrder(SequentialReader.BEGIN_BYTES, true);
        for (int i = 0; i < SequentialReader.WARM_FETCHES; i++) {
            reader.fetched(1_000_000, 900_000);
        }
        assertThat(reader.isOn()).isFalse();
        fetched.clear();

        readInOrder(SequentialReader.REST_BYTES - REQUEST, true);
        assertThat(fetched).isEmpty();
        readInOrder(4 << 20, true);
        assertThat(fetched).as("it waits still").isNotEmpty();
    }

    @Test
    void is_not_read_ahead_for_beyond_the_end() {
        at = SIZE - (4 << 20);
        ask(at, REQUEST);
        reader.read(1, 1);
        at += REQUEST;
        readInOrder(SIZE - at, true);

        assertThat(fetched).isNotEmpty().allSatisfy(range -> assertThat(range.offset() + range.length())
                .isLessThanOrEqualTo(SIZE));
    }
}
