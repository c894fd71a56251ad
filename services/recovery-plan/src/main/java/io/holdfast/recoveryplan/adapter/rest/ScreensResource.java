package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.Id;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.SqlMachineScreens;
import io.holdfast.recoveryplan.run.RunError;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** What the displays of a run's machines showed. */
@Path("/api/v1/runs/{id}/machines/{machineId}/screen")
public class ScreensResource {
    private final SqlMachineScreens screens;

    @Inject
    public ScreensResource(SqlMachineScreens screens) {
        this.screens = screens;
    }

    /** The last picture of a machine's display; the report says of which moment it is. */
    @GET
    @Produces("image/png")
    @RolesAllowed(Roles.VIEWER)
    @APIResponse(
            responseCode = "200",
            content = @Content(mediaType = "image/png", schema = @Schema(type = SchemaType.STRING, format = "binary")))
    public Response screen(@PathParam("id") String id, @PathParam("machineId") String machineId) {
        RunId run = RunId.parse(id);
        UUID machine = Id.parseUuid("machine", machineId);
        byte[] png = screens.png(run, machine)
                .orElseThrow(() -> new HoldfastException(
                        RunError.SCREEN_NOT_FOUND,
                        "there is no picture of machine %s in run %s".formatted(machine, run)));
        return Response.ok(png)
                .header("X-Content-Type-Options", "nosniff")
                .header("Cache-Control", "private, no-store")
                .build();
    }
}
