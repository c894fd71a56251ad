package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.adapter.rest.Representations.VmJson;
import io.holdfast.inventory.adapter.rest.Representations.VolumeJson;
import io.holdfast.inventory.host.Hosts;
import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.VmBook;
import io.holdfast.inventory.vm.VmError;
import io.holdfast.inventory.vm.Vms;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.db.Reply;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

@Path("/api/v1")
@Tag(name = "vms")
public class VmResource {
    private static final String VMS = "/api/v1/vms";

    private final VmBook book;
    private final Vms vms;
    private final Hosts hosts;
    private final IdempotencyKeys idempotency;

    public VmResource(VmBook book, Vms vms, Hosts hosts, IdempotencyKeys idempotency) {
        this.book = book;
        this.vms = vms;
        this.hosts = hosts;
        this.idempotency = idempotency;
    }

    @GET
    @Path("vms")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "VMs, of one host or of all")
    public Page<VmJson> list(
            @QueryParam("hostId") String hostId,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("vms", 1, limit, cursor);
        var after = page.after().stream().findFirst().map(VmId::parse);
        var host = Optional.ofNullable(hostId).map(HostId::parse);
        return Page.of(
                vms.list(host, after, page.fetch()),
                page,
                this::json,
                vm -> List.of(vm.id().toString()));
    }

    @GET
    @Path("vms/{id}")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    public VmJson get(@PathParam("id") String id) {
        return json(book.get(VmId.parse(id)));
    }

    @POST
    @Path("vms")
    @RolesAllowed(Roles.ADMIN)
    @Operation(
            summary = "Orders the host's agent to capture a VM's disks",
            description = "Answers before the agent does: follow Location until the state is no more REQUESTED.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = VmJson.class)))
    public Response create(
            @HeaderParam(IdempotencyKeys.HEADER) String key,
            @Context SecurityContext caller,
            @Valid @NotNull NewVm request) {
        refuseContradictions(request);
        VmBook.WantedVm wanted = request.wanted();
        String user = caller.getUserPrincipal().getName();
        return idempotency.once(key, user, "POST " + VMS, request, () -> {
            Vm vm = book.request(wanted);
            return new Reply(202, VMS + "/" + vm.id(), json(vm));
        });
    }

    @DELETE
    @Path("vms/{id}")
    @RolesAllowed(Roles.ADMIN)
    @Operation(
            summary = "Orders the agent to serve the VM no more, or removes one that no agent serves",
            description =
                    "202: DetachVm is on its way, the VM is DETACHING until the agent has answered. 204: it is gone. Whether a"
                            + " protection group still uses the VM is not checked: end its protection first. With agentLost=true"
                            + " a VM is removed at once whose agent is gone for good and cannot be told; refused while it is"
                            + " connected.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = VmJson.class)))
    @APIResponse(responseCode = "204", description = "The VM is gone")
    public Response delete(
            @HeaderParam(IdempotencyKeys.HEADER) String key,
            @Context SecurityContext caller,
            @PathParam("id") String id,
            @QueryParam("agentLost") @DefaultValue("false") boolean agentLost) {
        VmId vm = VmId.parse(id);
        String user = caller.getUserPrincipal().getName();
        if (agentLost) {
            return idempotency.once(key, user, "DELETE " + VMS + "/" + vm + "?agentLost=true", null, () -> {
                book.abandon(vm);
                return new Reply(204, null, null);
            });
        }
        return idempotency.once(key, user, "DELETE " + VMS + "/" + vm, null, () -> book.detach(vm)
                .map(leaving -> new Reply(202, VMS + "/" + vm, json(leaving)))
                .orElseGet(() -> new Reply(204, null, null)));
    }

    @GET
    @Path("volumes")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    @Operation(summary = "Volumes of all VMs, with the verdict whether each can be protected")
    public Page<VolumeJson> listVolumes(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("volumes", 1, limit, cursor);
        var after = page.after().stream().findFirst().map(VolumeId::parse);
        return Page.of(
                vms.listVolumes(after, page.fetch()),
                page,
                owned -> VolumeJson.of(owned, hosts.find(owned.host())),
                owned -> List.of(owned.volume().id().toString()));
    }

    @GET
    @Path("volumes/{id}")
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    public VolumeJson getVolume(@PathParam("id") String id) {
        VolumeId volume = VolumeId.parse(id);
        return vms.findVolume(volume)
                .map(owned -> VolumeJson.of(owned, hosts.find(owned.host())))
                .orElseThrow(() -> new HoldfastException(VmError.VOLUME_NOT_FOUND, "there is no volume " + volume));
    }

    private VmJson json(Vm vm) {
        return VmJson.of(vm, hosts.find(vm.host()));
    }

    private static void refuseContradictions(NewVm request) {
        var names = new HashSet<String>();
        var backings = new HashSet<String>();
        var violations = new ArrayList<Violation>(request.contradictions());
        for (int i = 0; i < request.volumes().size(); i++) {
            if (!names.add(request.volumes().get(i).name())) {
                violations.add(new Violation("volumes[%d].name".formatted(i), "is the name of another volume"));
            }
            if (!backings.add(request.volumes().get(i).backing())) {
                violations.add(new Violation("volumes[%d].backing".formatted(i), "is the backing of another volume"));
            }
        }
        if (!violations.isEmpty()) {
            throw Violation.refuse(violations);
        }
    }
}
