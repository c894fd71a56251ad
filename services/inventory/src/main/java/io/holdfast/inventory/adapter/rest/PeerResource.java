package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.adapter.rest.MirrorJson.GroupJson;
import io.holdfast.inventory.adapter.rest.MirrorJson.StatusJson;
import io.holdfast.inventory.adapter.rest.MirrorJson.VmJson;
import io.holdfast.inventory.mirror.PeerView;
import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.inventory.pairing.Joining;
import io.holdfast.inventory.pairing.Pairing;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.inventory.pairing.PeerToken;
import io.holdfast.inventory.pairing.Peers;
import io.holdfast.inventory.pairing.Transactions;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;

/** Sites that this one is paired with (docs/pairing.md). */
@Path("/api/v1/sites/peers")
@Tag(name = "sites")
public class PeerResource {
    private static final Logger LOG = Logger.getLogger(PeerResource.class);

    private final PeerBook book;
    private final Peers peers;
    private final Joining joining;
    private final PeerView view;
    private final Transactions transactions;

    public PeerResource(PeerBook book, Peers peers, Joining joining, PeerView view, Transactions transactions) {
        this.book = book;
        this.peers = peers;
        this.joining = joining;
        this.view = view;
        this.transactions = transactions;
    }

    @Schema(name = "PeerToken")
    record Token(@NotNull @Size(max = 1000) String token) {}

    enum PairingState {
        PAIRED,
        REVOKED,
        REVOKED_BY_PEER;

        static PairingState of(Pairing pairing) {
            return switch (pairing) {
                case Pairing.Paired _ -> PAIRED;
                case Pairing.Revoked _ -> REVOKED;
                case Pairing.RevokedByPeer _ -> REVOKED_BY_PEER;
            };
        }
    }

    @Schema(name = "Peer")
    record PeerJson(
            @Schema(description = "Of its site") String id,

            String name,
            PairingState state,
            Instant since,

            @Schema(description = "Where this site calls it; left out when it is the peer that calls")
            String calledAt,

            @Schema(description = "SHA-256 of the certificate of the authority that its certificates have to come from")
            String authority,

            @Schema(description = "Of a revoked one: false while this site tries to tell it so")
            Boolean told,

            StatusJson status) {
        static PeerJson of(Peer peer, PeerView.Seen seen) {
            return new PeerJson(
                    peer.id().toString(),
                    peer.name(),
                    PairingState.of(peer.pairing()),
                    peer.pairing().since(),
                    peer.calledAt().map(PeerAddress::toString).orElse(null),
                    Fingerprint.of(peer.authority()).hex(),
                    peer.pairing() instanceof Pairing.Revoked revoked
                            ? Boolean.valueOf(revoked.tellUntil().isEmpty())
                            : null,
                    StatusJson.of(seen.mirror(), seen.reach(), seen.failure(), seen.now()));
        }
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "Peers, and sites that were peers")
    public Page<PeerJson> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("peers", 1, limit, cursor);
        var after = page.after().stream().findFirst().map(SiteId::parse);
        return Page.of(
                peers.list(after, page.fetch()),
                page,
                this::json,
                peer -> List.of(peer.id().toString()));
    }

    @GET
    @Path("{id}")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    public PeerJson get(@PathParam("id") String id) {
        return json(book.get(SiteId.parse(id)));
    }

    private PeerJson json(Peer peer) {
        return PeerJson.of(peer, view.of(peer));
    }

    @GET
    @Path("{id}/groups")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "The peer's protection groups, as it told them last")
    public Page<GroupJson> groups(
            @PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PeerView.Seen seen = view.of(book.get(SiteId.parse(id)));
        return page(
                "mirrored-groups",
                seen.mirror().map(mirror -> mirror.status().groups()).orElse(List.of()),
                group -> group.id().value(),
                group -> GroupJson.of(seen.mirror().orElseThrow(), seen.reach(), group, seen.now()),
                limit,
                cursor);
    }

    @GET
    @Path("{id}/vms")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "The peer's protected VMs and who owns them, as it told them last")
    public Page<VmJson> vms(
            @PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PeerView.Seen seen = view.of(book.get(SiteId.parse(id)));
        return page(
                "mirrored-vms",
                seen.mirror().map(mirror -> mirror.status().vms()).orElse(List.of()),
                vm -> vm.id().value(),
                vm -> VmJson.of(vm, seen.reach()),
                limit,
                cursor);
    }

    /** @param all in the order of id */
    private static <T, J> Page<J> page(
            String list, List<T> all, Function<T, UUID> id, Function<T, J> json, String limit, String cursor) {
        var page = PageRequest.parse(list, 1, limit, cursor);
        Optional<UUID> after = page.after().stream().findFirst().map(PeerResource::uuid);
        return Page.of(
                all.stream()
                        .filter(one -> after.isEmpty() || id.apply(one).compareTo(after.get()) > 0)
                        .limit(page.fetch())
                        .toList(),
                page,
                json,
                one -> List.of(id.apply(one).toString()));
    }

    private static UUID uuid(String cursor) {
        return VmId.parse(cursor).value();
    }

    @POST
    @RolesAllowed(Roles.ADMIN)
    @Operation(
            summary = "Joins the site that gave the token out",
            description =
                    "Calls that site, for at most holdfast.pairing.call-limit. May be repeated with the token: it ends the same, or ends what was interrupted.")
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = PeerJson.class)))
    public Response join(@Context SecurityContext caller, @Valid @NotNull Token request) {
        Peer joined = joining.join(PeerToken.parse(request.token().strip()));
        LOG.infof(
                "paired direction=calls site=%s name=\"%s\" invitation=%s by=%s",
                joined.id(),
                joined.name(),
                joined.invitation(),
                caller.getUserPrincipal().getName());
        return Response.status(201)
                .location(java.net.URI.create("/api/v1/sites/peers/" + joined.id()))
                .entity(transactions.call(() -> json(joined)))
                .build();
    }

    @DELETE
    @Path("{id}")
    @RolesAllowed(Roles.ADMIN)
    @Transactional
    @Operation(summary = "Revokes the pairing: from now on that site's certificates are refused")
    public PeerJson revoke(@Context SecurityContext caller, @PathParam("id") String id) {
        Peer revoked = book.revoke(SiteId.parse(id));
        LOG.infof("pairing revoked by=%s site=%s", caller.getUserPrincipal().getName(), revoked.id());
        return json(revoked);
    }
}
