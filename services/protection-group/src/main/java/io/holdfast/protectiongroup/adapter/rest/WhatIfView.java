package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.capacity.WhatIf;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What a trace would have needed, and how a link would have fared with it (docs/capacity.md). */
@Schema(name = "WhatIfAnswer")
public record WhatIfView(
        @Schema(required = true) Instant from,
        @Schema(required = true) Instant until,

        @Schema(required = true, description = "of the groups' minutes, those that were observed")
        double observedPercent,

        @Schema(required = true, description = "as asked, or the groups' objectives")
        Duration rpo,

        @Schema(required = true) Duration history,
        @Schema(required = true) double growth,

        @Schema(required = true, description = "bytes on the link per byte written")
        double packing,

        @Schema(required = true) WhatIf.PackingSource packingSource,

        @Schema(required = true, description = "on the link")
        long meanBytesPerSecond,

        @Schema(required = true, description = "on the link, mean of the busiest minute")
        long busiestBytesPerSecond,

        @Schema(required = true, description = "the slowest link on which no write is older than rpo when it has left")
        long neededBytesPerSecond,

        @Schema(required = true, description = "that the history takes at most")
        long journalBytes,

        @Schema(required = true, description = "the trace is shorter than the history")
        boolean journalExtrapolated,

        @Schema(description = "when a link was asked about") OnLink onLink,

        @Schema(required = true, description = "each group by itself, busiest first")
        List<OfGroup> groups) {

    /** @param ringBytes what the groups' agents can hold back; a larger backlog becomes bitmaps, and checkpoints wait */
    @Schema(name = "WhatIfOnLink")
    public record OnLink(
            long linkBytesPerSecond,
            Duration longestDelay,
            Instant longestDelayAt,
            long largestBacklogBytes,
            long ringBytes,
            boolean fitsRing,
            long backlogAtEndBytes,
            boolean meetsRpo) {}

    /** @param observedMinutes 0 = nothing is known of it, and it is not in the sums */
    @Schema(name = "WhatIfGroup")
    public record OfGroup(
            String id,
            String name,
            int observedMinutes,
            long meanBytesPerSecond,
            long busiestBytesPerSecond,
            long journalBytes) {}
}
