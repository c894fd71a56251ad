package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.pairing.Invitation;
import io.holdfast.inventory.pairing.InvitationBook;
import io.holdfast.inventory.pairing.InvitationBook.Issued;
import io.holdfast.inventory.pairing.Invitations;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.transaction.Transactional;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Tokens for sites that are to become peers. */
@Path("/api/v1/sites/invitations")
@Tag(name = "sites")
public class InvitationResource {
    private static final Duration USUAL_LIFE = Duration.ofHours(1);

    private final InvitationBook book;
    private final Invitations invitations;
    private final OwnSite own;
    private final Clock clock;

    public InvitationResource(InvitationBook book, Invitations invitations, OwnSite own, Clock clock) {
        this.book = book;
        this.invitations = invitations;
        this.own = own;
        this.clock = clock;
    }

    /** @param life 1 minute to 7 days; 1 hour when it is left out */
    @Schema(name = "NewInvitation")
    record NewInvitation(Duration life) {}

    enum InvitationState {
        OPEN,
        USED,
        EXPIRED,
        REVOKED
    }

    @Schema(name = "Invitation")
    record InvitationJson(
            String id,
            InvitationState state,
            String createdBy,
            Instant createdAt,
            Instant expiresAt,
            String usedBySiteId,
            Instant endedAt) {
        static InvitationJson of(Invitation invitation, Instant now) {
            return switch (invitation.state()) {
                case Invitation.State.Open _ ->
                    of(
                            invitation,
                            invitation.isExpired(now) ? InvitationState.EXPIRED : InvitationState.OPEN,
                            null,
                            null);
                case Invitation.State.Used used ->
                    of(invitation, InvitationState.USED, used.by().toString(), used.at());
                case Invitation.State.Revoked revoked -> of(invitation, InvitationState.REVOKED, null, revoked.at());
            };
        }

        private static InvitationJson of(Invitation invitation, InvitationState state, String site, Instant ended) {
            return new InvitationJson(
                    invitation.id().toString(),
                    state,
                    invitation.createdBy(),
                    invitation.createdAt(),
                    invitation.expiresAt(),
                    site,
                    ended);
        }
    }

    @Schema(name = "IssuedInvitation")
    record IssuedJson(
            @Schema(description = "For whoever administers the other site; shown this once")
            String token,

            InvitationJson invitation) {}

    @POST
    @RolesAllowed(Roles.ADMIN)
    @Transactional
    @Operation(
            summary = "Invites another site: answers with a token that can be used once",
            description =
                    "Takes no Idempotency-Key: kept answers would hold the token. One whose answer was lost is revoked.")
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = IssuedJson.class)))
    public Response invite(@Context SecurityContext caller, @NotNull NewInvitation request) {
        Duration life = request.life() == null ? USUAL_LIFE : request.life();
        if (life.compareTo(InvitationBook.SHORTEST_LIFE) < 0 || life.compareTo(InvitationBook.LONGEST_LIFE) > 0) {
            throw Violation.refuse(
                    "life", "is %s to %s".formatted(InvitationBook.SHORTEST_LIFE, InvitationBook.LONGEST_LIFE));
        }
        PeerAddress address = own.address();
        Issued issued = book.invite(
                own.certificate(), address, life, caller.getUserPrincipal().getName());
        return Response.status(201)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .entity(new IssuedJson(
                        issued.token().encoded(), InvitationJson.of(issued.invitation(), clock.instant())))
                .build();
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "Invitations of the last 30 days, without their secrets")
    public Page<InvitationJson> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("invitations", 1, limit, cursor);
        Optional<UUID> after = page.after().stream().findFirst().map(InvitationResource::id);
        return Page.of(
                invitations.list(after, page.fetch()),
                page,
                invitation -> InvitationJson.of(invitation, clock.instant()),
                invitation -> List.of(invitation.id().toString()));
    }

    @DELETE
    @Path("{id}")
    @RolesAllowed(Roles.ADMIN)
    @Transactional
    @Operation(summary = "Revokes an invitation that nobody has used")
    public InvitationJson revoke(@PathParam("id") String id) {
        return InvitationJson.of(book.revoke(id(id)), clock.instant());
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException malformed) {
            throw new HoldfastException(CommonError.INVALID_ID, "'%s' is not an invitation's id".formatted(text));
        }
    }
}
