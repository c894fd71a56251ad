package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunRegister;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** Orders to a run to go to other points. */
@Path("/api/v1/runs/{id}/switch")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class SwitchesResource {
    private final JpaRunRegister runs;
    private final RunCommands commands;
    private final SecurityIdentity identity;
    private final Clock clock;

    @Inject
    public SwitchesResource(JpaRunRegister runs, RunCommands commands, SecurityIdentity identity, Clock clock) {
        this.runs = runs;
        this.commands = commands;
        this.identity = identity;
        this.clock = clock;
    }

    @Schema(name = "PointSwitch")
    public record Request(
            @Schema(
                    required = true,
                    description =
                            "By protection group id, one or more; a group that is not named stays at the checkpoint that it has.")
            Map<String, RunRequest.Point> points) {}

    /**
     * Tries other points in the same run: its machines are stopped, its sessions closed, and everything is recovered again in the plan's order. What was written since
     * is thrown away; the ownership stays. The role operator for a TEST, recovery for others.
     */
    @POST
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response switchPoints(
            @PathParam("id") String id, @HeaderParam(IdempotencyKeys.HEADER) String key, Request request) {
        RunId run = RunId.parse(id);
        if (request == null || request.points() == null || request.points().isEmpty()) {
            throw Violation.refuse("points", "must name a point for one protection group or more");
        }
        return commands.once(
                key,
                "POST /api/v1/runs/" + run + "/switch",
                request,
                () -> runs.change(run, found -> changed(found, request)));
    }

    private Run changed(Run run, Request request) {
        Caller.requireRoleOf(identity, run.order().mode());
        List<Violation> violations = new ArrayList<>();
        Map<PgId, RecoveryPoint> points =
                PointsForm.read(request.points(), run.order().plan(), violations);
        if (!violations.isEmpty()) {
            throw Violation.refuse(violations);
        }
        return run.switchPoints(Caller.name(identity), points, clock.instant().truncatedTo(ChronoUnit.MICROS));
    }
}
