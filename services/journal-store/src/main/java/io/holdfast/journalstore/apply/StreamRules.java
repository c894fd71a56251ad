package io.holdfast.journalstore.apply;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;

/**
 * Whether a batch continues its stream (architecture, section 3; invariant 4).
 *
 * <pre>
 *  batch's epoch   first seq              stream following        stream gapped
 *  older           any                    StaleEpoch              StaleEpoch
 *  same            last &lt;= applied        Duplicate               Duplicate
 *  same            first &lt;= applied + 1   Apply(rest)             StillGapped
 *  same            first &gt;  applied + 1   Gap                     StillGapped
 *  newer           1                      Apply(new epoch)        Apply(new epoch)
 *  newer           &gt; 1                    Gap                     Gap (its epoch is useless as well)
 * </pre>
 */
public final class StreamRules {
    private StreamRules() {}

    public static BatchVerdict judge(AppliedStream stream, Epoch epoch, Seq first, int recordCount) {
        StreamPosition applied = stream.position();
        int byEpoch = epoch.compareTo(applied.epoch());
        if (byEpoch < 0) {
            return new BatchVerdict.StaleEpoch();
        }
        if (byEpoch > 0) {
            return first.equals(Seq.FIRST) ? new BatchVerdict.Apply(0, true) : new BatchVerdict.Gap();
        }
        long already = applied.seq().value() - (first.value() - 1);
        if (already >= recordCount) {
            return new BatchVerdict.Duplicate();
        }
        return switch (stream) {
            case AppliedStream.Gapped _ -> new BatchVerdict.StillGapped();
            case AppliedStream.Following _ ->
                already >= 0 ? new BatchVerdict.Apply((int) already, false) : new BatchVerdict.Gap();
        };
    }
}
