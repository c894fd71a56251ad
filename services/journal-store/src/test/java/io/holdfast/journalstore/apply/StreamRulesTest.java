package io.holdfast.journalstore.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table in {@link StreamRules}, row by row: applied epoch and seq, gapped or not; batch's epoch, first seq, count. */
class StreamRulesTest {
    @ParameterizedTest(name = "at {0}:{1} gapped={2}, batch {3}:{4}+{5} -> {6}")
    @CsvSource({
        "0, 0,  false, 1, 1,  3, Apply 0 new",
        "0, 0,  false, 1, 2,  3, Gap",
        "0, 0,  true,  1, 1,  3, Apply 0 new",
        "2, 10, false, 1, 11, 3, StaleEpoch",
        "2, 10, true,  1, 11, 3, StaleEpoch",
        "2, 10, false, 2, 11, 3, Apply 0 same",
        "2, 10, false, 2, 9,  3, Apply 2 same",
        "2, 10, false, 2, 1,  11, Apply 10 same",
        "2, 10, false, 2, 8,  3, Duplicate",
        "2, 10, false, 2, 1,  1, Duplicate",
        "2, 10, false, 2, 12, 1, Gap",
        "2, 10, true,  2, 11, 3, StillGapped",
        "2, 10, true,  2, 99, 3, StillGapped",
        "2, 10, true,  2, 8,  3, Duplicate",
        "2, 10, false, 3, 1,  1, Apply 0 new",
        "2, 10, true,  3, 1,  1, Apply 0 new",
        "2, 10, false, 3, 2,  1, Gap",
        "2, 10, true,  7, 5,  1, Gap",
    })
    void a_batch_is_judged_by_epoch_then_seq(
            long epoch, long seq, boolean gapped, long batchEpoch, long first, int count, String expected) {
        AppliedStream stream = new AppliedStream.Following(new StreamPosition(new Epoch(epoch), new Seq(seq)));
        if (gapped) {
            stream = stream.gapped(GapReason.RECORDS_MISSING, new Epoch(epoch));
        }
        BatchVerdict verdict = StreamRules.judge(stream, new Epoch(batchEpoch), new Seq(first), count);
        String text =
                switch (verdict) {
                    case BatchVerdict.Apply(var skip, var fresh) ->
                        "Apply %d %s".formatted(skip, fresh ? "new" : "same");
                    case BatchVerdict other -> other.getClass().getSimpleName();
                };
        assertThat(text).isEqualTo(expected);
    }
}
