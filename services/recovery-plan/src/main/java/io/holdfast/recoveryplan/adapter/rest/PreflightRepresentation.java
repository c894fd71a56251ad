package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.preflight.Finding;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a preflight found.
 *
 * @param ok no finding is an ERROR
 */
@Schema(name = "Preflight")
public record PreflightRepresentation(
        String planId, long planRevision, boolean ok, Instant checkedAt, List<Item> findings) {

    @Schema(name = "Finding")
    public record Item(
            Finding.Code code,
            Finding.Severity severity,
            String group,
            String pgId,
            String message,

            @Schema(description = "What a person does about it.")
            String toDo,

            @Schema(description = "true: an order is refused with PLAN_HAS_ERRORS unless it is forced.")
            boolean blocks) {}

    static Item item(Finding finding) {
        return new Item(
                finding.code(),
                finding.code().severity(),
                finding.group().orElse(null),
                finding.pgId().map(PgId::toString).orElse(null),
                finding.message(),
                finding.code().toDo(),
                !finding.code().blocks().isEmpty());
    }
}
