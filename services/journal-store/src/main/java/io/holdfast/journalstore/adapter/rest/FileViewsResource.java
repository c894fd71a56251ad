package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.files.FileContent;
import io.holdfast.journalstore.files.FileView;
import io.holdfast.journalstore.files.FileViews;
import io.holdfast.journalstore.files.GuestEntry;
import io.holdfast.journalstore.files.GuestPath;
import io.holdfast.journalstore.files.GuestText;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.quarkus.security.identity.SecurityIdentity;
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
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;

/** Single files of a point (F65). What a guest's files hold is nobody's business who only looks: viewers may not. */
@Path("/api/v1/journals/{pgId}/file-views")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "File views")
@RolesAllowed(Roles.OPERATOR)
@Blocking
public class FileViewsResource {
    /** Beside what every change leaves there: which point was opened, and which file was read. */
    private static final Logger AUDIT = Logger.getLogger("io.holdfast.audit");

    private static final String PATH_HELP =
            "from the root of the file system; a backslash is written \\\\\\\\, a byte that is no character \\\\xHH, as lists show them";

    private final FileViews views;
    private final JournalStore store;
    private final SecurityIdentity identity;

    public FileViewsResource(FileViews views, JournalStore store, SecurityIdentity identity) {
        this.views = views;
        this.store = store;
        this.identity = identity;
    }

    /**
     * @param point as in an NBD export's name: a checkpoint id, {@code lsn:<n>}, an instant, {@code latest}, {@code branch:<name>[:<point>]}
     * @param volumeIds null or empty = all, as a volume group over several disks needs
     */
    public record FileViewOrder(@NotNull String point, List<String> volumeIds) {}

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Opens the file systems of a point for reading, without starting the machine")
    @APIResponse(
            responseCode = "202",
            description = "Ordered; the same Idempotency-Key with the same request answers as before",
            content = @Content(schema = @Schema(implementation = FileShown.View.class)))
    public Response open(
            @PathParam("pgId") String pgId, @HeaderParam("Idempotency-Key") String key, @NotNull FileViewOrder order) {
        PgId pg = PgId.parse(pgId);
        if (order == null || order.point() == null) {
            throw Violation.refuse("body", "must have a point");
        }
        List<VolumeId> volumes = order.volumeIds() == null
                ? List.of()
                : order.volumeIds().stream().map(VolumeId::parse).toList();
        FileView view =
                views.open(new FileViews.Order(pg, Point.parse(order.point()), volumes, SessionsResource.checked(key)));
        AUDIT.infof("files opened user=%s group=%s view=%s lsn=%s", user(), pg, view.id(), view.lsn());
        return Response.accepted(FileShown.view(view))
                .location(URI.create("/api/v1/journals/%s/file-views/%s".formatted(pg, view.id())))
                .build();
    }

    private String user() {
        return identity.getPrincipal().getName();
    }

    @GET
    @Operation(summary = "File views of the group, oldest first; ended ones for an hour")
    public Page<FileShown.View> list(
            @PathParam("pgId") String pgId, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PgId pg = PgId.parse(pgId);
        store.require(pg);
        PageRequest request = PageRequest.parse("file-views", 1, limit, cursor);
        List<FileView> found = views.of(pg).stream()
                .sorted(java.util.Comparator.comparing(FileShown::place))
                .filter(view -> request.after().isEmpty()
                        || FileShown.place(view).compareTo(request.after().getFirst()) > 0)
                .limit(request.fetch())
                .toList();
        return Page.of(found, request, FileShown::view, view -> List.of(FileShown.place(view)));
    }

    @GET
    @Path("/{viewId}")
    @Operation(summary = "One file view, and whether it can be used")
    public FileShown.View get(@PathParam("pgId") String pgId, @PathParam("viewId") String viewId) {
        return FileShown.view(views.require(PgId.parse(pgId), id(viewId)));
    }

    @DELETE
    @Path("/{viewId}")
    @Operation(summary = "Closes a file view; also fine when it is gone already")
    @APIResponse(responseCode = "204", description = "Gone")
    public void close(@PathParam("pgId") String pgId, @PathParam("viewId") String viewId) {
        views.close(PgId.parse(pgId), id(viewId));
    }

    @GET
    @Path("/{viewId}/file-systems")
    @Operation(summary = "What the volumes hold")
    public List<FileShown.FileSystem> fileSystems(@PathParam("pgId") String pgId, @PathParam("viewId") String viewId) {
        return views.fileSystems(PgId.parse(pgId), id(viewId)).stream()
                .map(FileShown::fileSystem)
                .toList();
    }

    @GET
    @Path("/{viewId}/entries")
    @Operation(summary = "What stands in a folder, by name")
    public Page<FileShown.Entry> entries(
            @PathParam("pgId") String pgId,
            @PathParam("viewId") String viewId,
            @Parameter(description = "its device; needed when there are several") @QueryParam("fileSystem")
                    String fileSystem,
            @Parameter(description = PATH_HELP) @QueryParam("path") String path,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        PageRequest request = PageRequest.parse("file-entries", 1, limit, cursor);
        GuestPath folder = path == null ? GuestPath.ROOT : GuestPath.parse(path);
        Optional<GuestText> after =
                request.after().stream().map(GuestText::parse).findFirst();
        List<GuestEntry> found = views.list(
                PgId.parse(pgId), id(viewId), Optional.ofNullable(fileSystem), folder, after, request.fetch());
        return Page.of(
                found,
                request,
                entry -> FileShown.entry(folder, entry),
                entry -> List.of(entry.name().shown()));
    }

    @GET
    @Path("/{viewId}/content")
    @Produces({MediaType.APPLICATION_OCTET_STREAM, "application/problem+json"})
    @Operation(summary = "The bytes of a file; links are followed inside its file system. One range can be asked for")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_OCTET_STREAM,
                            schema =
                                    @Schema(
                                            type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.STRING,
                                            format = "binary")))
    @APIResponse(responseCode = "206", description = "The range of it that was asked for")
    @APIResponse(responseCode = "416", description = "The file ends before the range")
    public Response content(
            @PathParam("pgId") String pgId,
            @PathParam("viewId") String viewId,
            @Parameter(description = "its device; needed when there are several") @QueryParam("fileSystem")
                    String fileSystem,
            @Parameter(description = PATH_HELP) @QueryParam("path") String path,
            @HeaderParam("Range") String range) {
        PgId pg = PgId.parse(pgId);
        if (path == null) {
            throw Violation.refuse("path", "says which file");
        }
        FileContent content = views.content(pg, id(viewId), Optional.ofNullable(fileSystem), GuestPath.parse(path));
        long size = content.entry().sizeBytes();
        ByteWindow window = ByteWindow.of(range, size);
        if (window.isBeyond()) {
            return Response.status(416)
                    .header("Content-Range", "bytes */" + size)
                    .build();
        }
        AUDIT.infof(
                "file fetched user=%s group=%s view=%s fileSystem=%s path=%s from=%d bytes=%d",
                user(), pg, viewId, content.fileSystem().device(), content.path(), window.from(), window.length());
        StreamingOutput bytes = out -> content.copyTo(out, window.from(), window.length());
        Response.ResponseBuilder response = Response.status(window.isPart() ? 206 : 200)
                .entity(bytes)
                .type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header(HttpHeaders.CONTENT_LENGTH, window.length())
                .header("Accept-Ranges", "bytes")
                .header("X-Content-Type-Options", "nosniff")
                .header(HttpHeaders.CONTENT_DISPOSITION, FileShown.disposition(content.path()));
        if (window.isPart()) {
            response.header("Content-Range", window.header(size));
        }
        return response.build();
    }

    private static UUID id(String text) {
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException noUuid) {
            throw malformed();
        }
        throw malformed();
    }

    private static RuntimeException malformed() {
        return Violation.refuse("viewId", "must be the id of a file view");
    }
}
