package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What a group's guests wrote (docs/capacity.md). */
@Path(ProtectionGroupsResource.PATH + "/{id}/traffic")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Capacity")
public class TrafficResource {
    private static final Duration USUAL = Duration.ofHours(1);

    private final CapacityQueries queries;

    @Inject
    public TrafficResource(CapacityQueries queries) {
        this.queries = queries;
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "What the group's guests wrote, by minutes; by hours when more than a day is asked for.")
    public TrafficView traffic(
            @PathParam("id") String id,
            @QueryParam("last")
                    @Parameter(
                            description =
                                    "the time until now, at most what is kept (7 days unless set otherwise); PT1H when left out")
                    String last) {
        Read read = new Read();
        Duration asked = read.duration("last", last, USUAL);
        read.refuseIfBroken();
        return queries.traffic(PgId.parse(id), asked);
    }
}
