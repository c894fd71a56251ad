package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.store.Differences;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Where a branch and the present may differ (docs/known-differences.md). */
@Path("/api/v1/journals/{pgId}/volumes/{volumeId}/differences")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Branches")
@Blocking
public class DifferencesResource {
    /**
     * @param asOf every write that was answered before this instant is in the ranges
     * @param ranges whole regions of 64 KiB, or to the volume's end; in order, not touching, at most 4096
     */
    record DifferencesView(
            String pgId, String volumeId, String branch, long sizeBytes, Instant asOf, List<RangeView> ranges) {
        static DifferencesView of(Differences.Answer answer) {
            return new DifferencesView(
                    answer.pg().toString(),
                    answer.volume().toString(),
                    answer.branch(),
                    answer.sizeBytes(),
                    answer.asOf(),
                    answer.ranges().ranges().stream().map(RangeView::of).toList());
        }
    }

    private final Differences differences;

    public DifferencesResource(Differences differences) {
        this.differences = differences;
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(
            summary = "Where the end of the last commit's branch and the volume's present may differ",
            description =
                    "Never less than where they do. DIFFERENCES_UNKNOWN when it is not known: then hashes are compared.")
    public DifferencesView get(
            @PathParam("pgId") String pgId,
            @PathParam("volumeId") String volumeId,
            @QueryParam("branch") String branch) {
        if (branch == null || branch.isEmpty()) {
            throw Violation.refuse("branch", "must be given");
        }
        return DifferencesView.of(differences.of(PgId.parse(pgId), VolumeId.parse(volumeId), branch));
    }
}
