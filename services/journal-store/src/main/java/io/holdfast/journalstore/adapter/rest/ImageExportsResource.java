package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.image.ImageExports;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Points as files, for hosts that do not speak NBD. */
@Path("/api/v1/journals/{pgId}/image-exports")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Image exports")
@Blocking
public class ImageExportsResource {
    /**
     * @param point as in an NBD export's name: a checkpoint id, {@code lsn:<n>}, an instant, {@code latest}, {@code branch:<name>[:<point>]}
     * @param format raw, qcow2, vhdx or vmdk
     * @param volumeIds null or empty = all
     */
    public record ImageOrder(@NotNull String point, @NotNull String format, List<String> volumeIds) {}

    /** @param path as the store sees it, once the export is DONE; null until then */
    public record ImageFileView(String volumeId, String name, long sizeBytes, String path) {}

    /**
     * @param doneBytes of sizeBytes; holes count as done
     * @param code of the error that ended it; null = none
     */
    public record ImageExportView(
            String id,
            String pgId,
            long lsn,
            String format,
            Instant orderedAt,

            @Schema(enumeration = {"WAITING", "RUNNING", "DONE", "FAILED"})
            String state,

            long doneBytes,
            long sizeBytes,
            String code,
            String problem,
            List<ImageFileView> files) {}

    private final ImageExports exports;
    private final JournalStore store;

    public ImageExportsResource(ImageExports exports, JournalStore store) {
        this.exports = exports;
        this.store = store;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Writes the group's volumes at one point into files of the store's export directory")
    @APIResponse(
            responseCode = "202",
            description = "Ordered; the same Idempotency-Key with the same request answers as before",
            content = @Content(schema = @Schema(implementation = ImageExportView.class)))
    public Response order(
            @PathParam("pgId") String pgId, @HeaderParam("Idempotency-Key") String key, @NotNull ImageOrder order) {
        PgId pg = PgId.parse(pgId);
        if (order == null || order.point() == null || order.format() == null) {
            throw Violation.refuse("body", "must have point and format");
        }
        List<VolumeId> volumes = order.volumeIds() == null
                ? List.of()
                : order.volumeIds().stream().map(VolumeId::parse).toList();
        ImageExport export = exports.order(new ImageExports.Order(
                pg,
                Point.parse(order.point()),
                ImageFormat.parse(order.format()),
                volumes,
                SessionsResource.checked(key)));
        return Response.accepted(view(export))
                .location(URI.create("/api/v1/journals/%s/image-exports/%s".formatted(pg, export.id())))
                .build();
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Exports of the group, oldest first")
    public Page<ImageExportView> list(
            @PathParam("pgId") String pgId, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PgId pg = PgId.parse(pgId);
        PageRequest request = PageRequest.parse("image-exports", 1, limit, cursor);
        List<ImageExport> all = exports.of(pg);
        if (all.isEmpty()) {
            // Exports may outlive their journal.
            store.require(pg);
        }
        List<ImageExport> found = all.stream()
                .filter(export -> request.after().isEmpty()
                        || place(export).compareTo(request.after().getFirst()) > 0)
                .sorted(Comparator.comparing(ImageExportsResource::place))
                .limit(request.fetch())
                .toList();
        return Page.of(found, request, this::view, export -> List.of(place(export)));
    }

    /** Sorts as the instants do. */
    private static String place(ImageExport export) {
        return "%020d-%09d-%s"
                .formatted(
                        export.orderedAt().getEpochSecond(), export.orderedAt().getNano(), export.id());
    }

    @GET
    @Path("/{exportId}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "One export and how far it is")
    public ImageExportView get(@PathParam("pgId") String pgId, @PathParam("exportId") String exportId) {
        return view(exports.require(PgId.parse(pgId), id(exportId)));
    }

    @DELETE
    @Path("/{exportId}")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Ends an export and removes its files; also fine when it is gone already")
    @APIResponse(
            responseCode = "204",
            description = "Gone; the files of one that is being written go within a second or so")
    public void delete(@PathParam("pgId") String pgId, @PathParam("exportId") String exportId) {
        exports.delete(PgId.parse(pgId), id(exportId));
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException malformed) {
            throw Violation.refuse("exportId", "must be a UUID");
        }
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private ImageExportView view(ImageExport export) {
        return new ImageExportView(
                export.id().toString(),
                export.pg().toString(),
                export.lsn().value(),
                export.format().text(),
                export.orderedAt(),
                export.progress().state().name(),
                export.progress().doneBytes(),
                export.sizeBytes(),
                orNull(export.progress().code()),
                orNull(export.progress().problem()),
                export.volumes().stream()
                        .map(volume -> new ImageFileView(
                                volume.volume().toString(),
                                volume.name(),
                                volume.sizeBytes(),
                                exports.file(export, volume)
                                        .map(java.nio.file.Path::toString)
                                        .orElse(null)))
                        .toList());
    }
}
