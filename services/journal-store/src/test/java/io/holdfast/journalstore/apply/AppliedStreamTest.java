package io.holdfast.journalstore.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import org.junit.jupiter.api.Test;

class AppliedStreamTest {
    private static final AppliedStream FOLLOWING =
            new AppliedStream.Following(new StreamPosition(new Epoch(2), new Seq(10)));

    @Test
    void a_gap_in_the_present_epoch_asks_for_a_reset_of_that_epoch() {
        assertThat(FOLLOWING.gapped(GapReason.RECORDS_MISSING, new Epoch(2)).needsReset())
                .isEqualTo(new StreamPosition(new Epoch(2), new Seq(10)));
    }

    @Test
    void an_epoch_that_was_seen_without_its_beginning_is_useless_as_well() {
        assertThat(FOLLOWING.gapped(GapReason.RECORDS_MISSING, new Epoch(5)).needsReset())
                .isEqualTo(new StreamPosition(new Epoch(5), Seq.NONE));
    }

    @Test
    void a_second_gap_keeps_the_first_reason_and_the_newest_useless_epoch() {
        AppliedStream.Gapped gap = FOLLOWING
                .gapped(GapReason.RECORD_REFUSED, new Epoch(4))
                .gapped(GapReason.RECORDS_MISSING, new Epoch(3));
        assertThat(gap.reason()).isEqualTo(GapReason.RECORD_REFUSED);
        assertThat(gap.uselessEpoch()).isEqualTo(new Epoch(4));
    }
}
