package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.adapter.rest.Representations.AgentJson;
import io.holdfast.inventory.adapter.rest.Representations.HostJson;
import io.holdfast.inventory.host.Agents;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.HostBook;
import io.holdfast.inventory.host.Hosts;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

@Path("/api/v1")
@Tag(name = "hosts")
public class HostResource {
    private final HostBook book;
    private final Hosts hosts;
    private final Agents agents;

    public HostResource(HostBook book, Hosts hosts, Agents agents) {
        this.book = book;
        this.hosts = hosts;
        this.agents = agents;
    }

    @GET
    @Path("hosts")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "Hosts that agents have reported, with the state of their agents")
    public Page<HostJson> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("hosts", 1, limit, cursor);
        var after = page.after().stream().findFirst().map(HostId::parse);
        return Page.of(
                hosts.list(after, page.fetch()),
                page,
                this::json,
                host -> List.of(host.id().toString()));
    }

    @GET
    @Path("hosts/{id}")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "One host, by its id or by an id under which it reported itself before")
    public HostJson get(@PathParam("id") String id) {
        return json(book.get(HostId.parse(id)));
    }

    @GET
    @Path("agents")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "Agents, connected or not, and why they were last refused")
    public Page<AgentJson> listAgents(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("agents", 1, limit, cursor);
        var after = page.after().stream().findFirst().map(AgentId::parse);
        return Page.of(
                agents.list(after, page.fetch()),
                page,
                AgentJson::of,
                agent -> List.of(agent.id().toString()));
    }

    @GET
    @Path("agents/{id}")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    public AgentJson getAgent(@PathParam("id") String id) {
        return AgentJson.of(book.agent(AgentId.parse(id)));
    }

    private HostJson json(Host host) {
        return HostJson.of(host, host.agent().flatMap(agents::find));
    }
}
