package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.adapter.rest.MirrorJson.BreakJson;
import io.holdfast.inventory.adapter.rest.Representations.SiteJson;
import io.holdfast.inventory.mirror.MirrorBook;
import io.holdfast.inventory.site.Site;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.inventory.site.Sites;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.db.Reply;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

@Path("/api/v1/sites")
@Tag(name = "sites")
public class SiteResource {
    private final SiteBook book;
    private final Sites sites;
    private final MirrorBook mirrors;
    private final IdempotencyKeys idempotency;

    public SiteResource(SiteBook book, Sites sites, MirrorBook mirrors, IdempotencyKeys idempotency) {
        this.book = book;
        this.sites = sites;
        this.mirrors = mirrors;
        this.idempotency = idempotency;
    }

    /** @param id of a site whose agents have it in their certificates already; without it one is made */
    @Schema(name = "NewSite")
    record NewSite(
            String id,

            @NotNull
            @Size(min = 1, max = 200)
            @Pattern(regexp = "[^\\p{Cntrl}]*", message = "has no control characters")
            String name) {}

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "All known sites; the local one is this release's own")
    public Page<SiteJson> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("sites", 1, limit, cursor);
        var after = page.after().stream().findFirst().map(SiteId::parse);
        return Page.of(
                sites.list(after, page.fetch()),
                page,
                SiteJson::of,
                site -> List.of(site.id().toString()));
    }

    @GET
    @Path("{id}")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    public SiteJson get(@PathParam("id") String id) {
        return SiteJson.of(book.get(SiteId.parse(id)));
    }

    @Schema(name = "OwnStatus")
    record OwnStatusJson(
            String incarnation,
            long sequence,

            @Schema(
                    description =
                            "A peer had seen more of this site than its database knows of: it is a backup's. What was decided since, ownerships with it, is to be looked at")
            BreakJson rewound) {}

    @GET
    @Path("status")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "How far this site's own status has come, as its peers count it; 404 while it has told nobody")
    public OwnStatusJson status() {
        return mirrors.own()
                .map(own -> new OwnStatusJson(
                        own.position().incarnation().toString(),
                        own.position().sequence(),
                        own.rewound().map(BreakJson::of).orElse(null)))
                .orElseThrow(() -> new HoldfastException(CommonError.NOT_FOUND, "this site has told no peer anything"));
    }

    @POST
    @RolesAllowed(Roles.ADMIN)
    @Operation(summary = "Registers a site, or names one that an agent has brought")
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = SiteJson.class)))
    public Response create(
            @HeaderParam(IdempotencyKeys.HEADER) String key,
            @Context SecurityContext caller,
            @Valid @NotNull NewSite request) {
        String user = caller.getUserPrincipal().getName();
        return idempotency.once(key, user, "POST /api/v1/sites", request, () -> {
            SiteId id = request.id() == null ? SiteId.random() : SiteId.parse(request.id());
            Site site = book.register(id, request.name());
            return new Reply(201, "/api/v1/sites/" + site.id(), SiteJson.of(site));
        });
    }
}
