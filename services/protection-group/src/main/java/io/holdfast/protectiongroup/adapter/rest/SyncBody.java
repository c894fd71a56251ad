package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.SyncRules;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Rules of a group's syncs, in requests and replies. */
@Schema(name = "SyncRules")
public record SyncBody(
        @Schema(description = "of what a sync copies; guest writes are not counted")
        RateBody rate,

        @Schema(
                description =
                        "1 to 100: a bitmap that notes more than this part of a volume's size is compared before it is sent",
                defaultValue = "50")
        Integer resyncThresholdPercent) {

    SyncRules read(String field, Read read) {
        RateLimit limit = rate == null ? RateLimit.UNLIMITED : rate.read(field + ".rate", read);
        int percent =
                resyncThresholdPercent == null ? SyncRules.DEFAULT_RESYNC_THRESHOLD_PERCENT : resyncThresholdPercent;
        return read.value(field + ".resyncThresholdPercent", () -> new SyncRules(limit, percent), SyncRules.DEFAULT);
    }

    static SyncBody of(SyncRules rules) {
        return new SyncBody(RateBody.of(rules.rate()), rules.resyncThresholdPercent());
    }
}
