package io.holdfast.platform.rest;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/** The smallest service there is. */
@Path("/api/v1/things")
public class ExampleResource {
    enum Colour {
        RED,
        GREEN
    }

    record Part(@NotNull @Size(min = 1, max = 10) String name) {}

    record Thing(
            @NotNull @Size(min = 1, max = 10) String name,
            Integer count,
            Colour colour,
            Instant since,
            Duration grace,
            List<@Valid Part> parts) {}

    @GET
    @RolesAllowed(Roles.VIEWER)
    public Page<String> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PageRequest page = PageRequest.parse("things", 1, limit, cursor);
        int from = page.after().isEmpty() ? 0 : Integer.parseInt(page.after().getFirst()) + 1;
        List<Integer> rows =
                IntStream.range(from, 250).limit(page.fetch()).boxed().toList();
        return Page.of(rows, page, row -> "thing " + row, row -> List.of(String.valueOf(row)));
    }

    @POST
    @RolesAllowed(Roles.ADMIN)
    public Thing create(@Valid @NotNull Thing thing) {
        return thing;
    }

    @GET
    @Path("{id}")
    @RolesAllowed(Roles.VIEWER)
    public String get(@PathParam("id") String id) {
        VmId.parse(id);
        throw new HoldfastException(CommonError.NOT_FOUND, "there is no vm " + id);
    }

    @GET
    @Path("broken")
    @RolesAllowed(Roles.VIEWER)
    public String broken() {
        throw new IllegalStateException("secret inside at jdbc:postgresql://db");
    }

    @GET
    @Path("forgotten")
    public String forgotten() {
        return "nobody annotated this";
    }
}
