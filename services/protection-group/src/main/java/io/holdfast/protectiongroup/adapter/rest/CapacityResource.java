package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Planning with what guests wrote (docs/capacity.md). */
@Path("/api/v1/capacity")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Capacity")
public class CapacityResource {
    private final CapacityQueries queries;

    @Inject
    public CapacityResource(CapacityQueries queries) {
        this.queries = queries;
    }

    @POST
    @Path("what-if")
    @RolesAllowed(Roles.VIEWER)
    @Operation(
            summary = "Takes what guests wrote through another link, with other objectives. Nothing is changed by it.")
    public WhatIfView whatIf(WhatIfBody body) {
        return queries.whatIf(body == null ? WhatIfBody.NOTHING : body);
    }
}
