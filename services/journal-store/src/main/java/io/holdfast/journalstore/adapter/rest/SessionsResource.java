package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.Sessions;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.journalstore.session.SessionPart;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VmId;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Recovery sessions of one group. */
@Path("/api/v1/journals/{pgId}/sessions")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Recovery sessions")
@Blocking
public class SessionsResource {
    /**
     * Exactly one of the first three names the point.
     *
     * @param vmIds only volumes of these VMs are served, and {@code volumeIds}; both absent: all of the group
     * @param volumeIds served besides
     */
    public record SessionOrder(
            String checkpointId, Long lsn, Instant time, List<String> vmIds, List<String> volumeIds) {

        /** What tells one request from another. That of a whole group is as it was before there were parts: stored ones have to stay the same. */
        String fingerprint() {
            String point = "SessionOrder[checkpointId=%s, lsn=%s, time=%s]".formatted(checkpointId, lsn, time);
            return part().map(part ->
                            point + " " + new TreeSet<>(texts(part.vms())) + " " + new TreeSet<>(texts(part.volumes())))
                    .orElse(point);
        }

        private static List<String> texts(Set<?> ids) {
            return ids.stream().map(Object::toString).toList();
        }

        Optional<SessionPart> part() {
            return vmIds == null && volumeIds == null
                    ? Optional.empty()
                    : Optional.of(new SessionPart(ids(vmIds, VmId::parse), ids(volumeIds, VolumeId::parse)));
        }

        private static <T> Set<T> ids(List<String> texts, Function<String, T> parse) {
            return texts == null ? Set.of() : texts.stream().map(parse).collect(Collectors.toSet());
        }
    }

    private final JournalStore store;

    public SessionsResource(JournalStore store) {
        this.store = store;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Opens writable exports of all volumes at one point, or of some")
    @APIResponse(
            responseCode = "201",
            description = "Opened; the same Idempotency-Key with the same request answers as before",
            content = @Content(schema = @Schema(implementation = Views.SessionView.class)))
    public Response create(
            @PathParam("pgId") String pgId, @HeaderParam("Idempotency-Key") String key, @NotNull SessionOrder order) {
        PgId pg = PgId.parse(pgId);
        RecoverySession session = store.sessions()
                .create(new Sessions.Order(pg, point(order), order.part(), checked(key), order.fingerprint()));
        return Response.created(URI.create("/api/v1/journals/%s/sessions/%s".formatted(pg, session.id())))
                .entity(view(session))
                .build();
    }

    private static Point point(SessionOrder order) {
        long given = Stream.of(order.checkpointId(), order.lsn(), order.time())
                .filter(java.util.Objects::nonNull)
                .count();
        if (given != 1) {
            throw Violation.refuse("body", "must have exactly one of checkpointId, lsn and time");
        }
        if (order.checkpointId() != null) {
            return new Point.AtCheckpoint(CheckpointId.parse(order.checkpointId()));
        }
        if (order.lsn() != null) {
            if (order.lsn() < 0) {
                throw Violation.refuse("lsn", "must be 0 or more");
            }
            return new Point.AtLsn(Lsn.of(order.lsn()));
        }
        return new Point.AtInstant(order.time());
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Sessions of the group, oldest first")
    public Page<Views.SessionView> list(
            @PathParam("pgId") String pgId, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PgId pg = PgId.parse(pgId);
        store.require(pg);
        PageRequest request = PageRequest.parse("sessions", 2, limit, cursor);
        List<RecoverySession> sessions = store.sessions().of(pg).stream()
                .filter(session -> request.after().isEmpty() || isAfter(session, request.after()))
                .limit(request.fetch())
                .toList();
        return Page.of(
                sessions,
                request,
                this::view,
                session -> List.of(session.openedAt().toString(), session.id().toString()));
    }

    private static boolean isAfter(RecoverySession session, List<String> place) {
        int byTime = session.openedAt().compareTo(Instant.parse(place.get(0)));
        return byTime > 0 || byTime == 0 && session.id().toString().compareTo(place.get(1)) > 0;
    }

    @GET
    @Path("/{sessionId}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "One session")
    public Views.SessionView get(@PathParam("pgId") String pgId, @PathParam("sessionId") String sessionId) {
        return view(store.sessions().require(PgId.parse(pgId), SessionId.parse(sessionId)));
    }

    @DELETE
    @Path("/{sessionId}")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Ends a session and throws its writes away; also fine when it is gone already")
    @APIResponse(responseCode = "204", description = "Gone")
    public void delete(@PathParam("pgId") String pgId, @PathParam("sessionId") String sessionId) {
        store.sessions().delete(PgId.parse(pgId), SessionId.parse(sessionId));
    }

    /** @param branch name for the history behind the session's point; by default it follows from the session's LSN */
    public record CommitOrder(String branch) {}

    @POST
    @Path("/{sessionId}/commit")
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Roles.RECOVERY)
    @Operation(summary = "Makes the session's view the volumes' state; what was replicated later becomes a branch")
    @APIResponse(
            responseCode = "202",
            description = "Ordered; the session tells the progress. The same order again answers as before",
            content = @Content(schema = @Schema(implementation = Views.SessionView.class)))
    public Response commit(
            @PathParam("pgId") String pgId,
            @PathParam("sessionId") String sessionId,
            @HeaderParam("Idempotency-Key") String key,
            CommitOrder order) {
        PgId pg = PgId.parse(pgId);
        SessionId id = SessionId.parse(sessionId);
        RecoverySession session = store.sessions().require(pg, id);
        String branch = order == null || order.branch() == null ? "after-lsn-" + session.lsn() : order.branch();
        if (!Fork.isName(branch)) {
            throw Violation.refuse(
                    "branch",
                    "must have 1 to 63 letters, digits, dots, dashes or underscores, beginning with one of the first two");
        }
        return accepted(store.commits().order(pg, id, branch, checked(key)));
    }

    @POST
    @Path("/{sessionId}/rollback")
    @RolesAllowed(Roles.RECOVERY)
    @Operation(summary = "Ends a session that is not committed for good, as if it had never been; repeating it is fine")
    @APIResponse(
            responseCode = "202",
            description = "Rolled back",
            content = @Content(schema = @Schema(implementation = Views.SessionView.class)))
    public Response rollback(@PathParam("pgId") String pgId, @PathParam("sessionId") String sessionId) {
        return accepted(store.commits().rollback(PgId.parse(pgId), SessionId.parse(sessionId)));
    }

    private Response accepted(RecoverySession session) {
        return Response.accepted(view(session))
                .location(URI.create("/api/v1/journals/%s/sessions/%s".formatted(session.pg(), session.id())))
                .build();
    }

    static String checked(String key) {
        if (key != null && (key.isEmpty() || key.length() > 128)) {
            throw Violation.refuse("Idempotency-Key", "must have 1 to 128 characters");
        }
        return key == null ? "" : key;
    }

    private Views.SessionView view(RecoverySession session) {
        return Views.session(session, store);
    }
}
