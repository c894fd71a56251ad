package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunRegister;
import io.holdfast.recoveryplan.run.PauseAction;
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
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** A person's words about what runs wait for. */
@Path("/api/v1/runs/{id}/approvals")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class ApprovalsResource {
    private static final int MAX_COMMENT = 2_000;

    private final JpaRunRegister runs;
    private final RunCommands commands;
    private final SecurityIdentity identity;
    private final Clock clock;

    @Inject
    public ApprovalsResource(JpaRunRegister runs, RunCommands commands, SecurityIdentity identity, Clock clock) {
        this.runs = runs;
        this.commands = commands;
        this.identity = identity;
        this.clock = clock;
    }

    @Schema(name = "ApprovalDecision")
    public record Decision(
            @Schema(
                    required = true,
                    enumeration = {"APPROVE", "REJECT"})
            String decision,

            @Schema(description = "At most 2000 characters; stands in the report.")
            String comment) {}

    /** Approves or rejects. The role operator for a TEST, recovery for a failover. */
    @POST
    @Path("/{stepId}")
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response decide(
            @PathParam("id") String id,
            @PathParam("stepId") String stepId,
            @HeaderParam(IdempotencyKeys.HEADER) String key,
            Decision decision) {
        RunId run = RunId.parse(id);
        boolean approved = isApproval(decision);
        String comment = comment(decision);
        String operation = "POST /api/v1/runs/%s/approvals/%s".formatted(run, stepId);
        return commands.once(key, operation, decision, () -> {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
            PauseAction.Word word = new PauseAction.Word(Caller.name(identity), now, approved, comment);
            return runs.change(run, found -> permitted(found).decide(stepId, word));
        });
    }

    private Run permitted(Run run) {
        Caller.requireRoleOf(identity, run.order().mode());
        return run;
    }

    private static boolean isApproval(Decision decision) {
        return switch (decision == null ? null : decision.decision()) {
            case "APPROVE" -> true;
            case "REJECT" -> false;
            case null, default -> throw Violation.refuse("decision", "is APPROVE or REJECT");
        };
    }

    private static String comment(Decision decision) {
        String comment = decision.comment() == null ? "" : decision.comment().strip();
        if (comment.length() > MAX_COMMENT) {
            throw Violation.refuse("comment", "has at most %d characters".formatted(MAX_COMMENT));
        }
        return comment;
    }
}
