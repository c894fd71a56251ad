package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.PgId;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Body of POST /capacity/what-if; whatever is left out is as it is today. */
@Schema(name = "WhatIf")
public record WhatIfBody(
        @Schema(description = "groups that share the link; left out = all", maxItems = 1000)
        List<String> pgIds,

        @Schema(description = "1000 to 1000000000000; left out = only what is needed is told")
        Long linkBytesPerSecond,

        @Schema(description = "more than PT0S; left out = the shortest RPO objective of the groups")
        String rpo,

        @Schema(description = "more than PT0S; left out = the longest history of the groups")
        String history,

        @Schema(description = "0.01 to 100: factor on what was written", defaultValue = "1")
        Double growth,

        @Schema(description = "0.001 to 2: bytes on the link per byte written; left out = as it was measured")
        Double packing) {
    static final int MOST_GROUPS = 1_000;
    static final WhatIfBody NOTHING = new WhatIfBody(null, null, null, null, null, null);

    /** Empty = all. */
    List<PgId> groups(Read read) {
        List<String> given = pgIds == null ? List.of() : pgIds;
        if (given.size() > MOST_GROUPS) {
            read.broken("pgIds", "must be at most %d groups".formatted(MOST_GROUPS));
            return List.of();
        }
        return read.ids("pgIds", given, PgId::parse).stream().distinct().toList();
    }
}
