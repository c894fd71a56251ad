package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.store.Seeds;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.seeding.EqualExcept;
import io.holdfast.journalstore.seeding.Keep;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.ByteRange;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Imports of images into replicas before their first sync (F12, F39; docs/sync-states.md, "Seeding"). */
@Path("/api/v1/journals/{pgId}/volumes/{volumeId}/seeds")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Seeding")
@Blocking
public class SeedsResource {
    /**
     * @param format raw, qcow2, vhd, vhdx or vmdk
     * @param file relative to the folder {@code holdfast.journal.seed-folder}
     * @param keepAs name of the branch under which what the image holds stays to be read, whatever comes later; null = it does not
     * @param keepDays for how long, 1 to 3650; null = 30
     * @param equalExcept what is known of the image; null = nothing
     */
    public record SeedOrder(String format, String file, String keepAs, Integer keepDays, KnownOrder equalExcept) {
        Optional<Keep> keep() {
            if (keepAs == null) {
                return Optional.empty();
            }
            try {
                return Optional.of(new Keep(keepAs, keepDays == null ? Keep.DEFAULT_DAYS : keepDays));
            } catch (IllegalArgumentException unusable) {
                throw Violation.refuse(Fork.isName(keepAs) ? "keepDays" : "keepAs", unusable.getMessage());
            }
        }
    }

    /**
     * What is known of an image (docs/known-differences.md): outside the ranges it is what the machine's disk held when the capture began.
     *
     * @param captureId of the agent's tap, 1 to 64 of A-Z, a-z, 0-9 and -
     * @param ranges whole regions of 64 KiB, or to the volume's end; in order, not touching, at most 4096
     */
    public record KnownOrder(String captureId, List<RangeView> ranges) {
        EqualExcept checked() {
            if (!EqualExcept.isCaptureId(captureId)) {
                throw Violation.refuse("equalExcept.captureId", "must have 1 to 64 of A-Z, a-z, 0-9 and '-'");
            }
            if (ranges == null || ranges.size() > Regions.MAX_RANGES) {
                throw Violation.refuse("equalExcept.ranges", "must be given, at most %d".formatted(Regions.MAX_RANGES));
            }
            List<ByteRange> checked = new ArrayList<>();
            for (int i = 0; i < ranges.size(); i++) {
                checked.add(range(i));
            }
            try {
                return new EqualExcept(captureId, new Regions(checked));
            } catch (IllegalArgumentException unusable) {
                throw Violation.refuse("equalExcept.ranges", unusable.getMessage());
            }
        }

        private ByteRange range(int i) {
            try {
                return ranges.get(i).range();
            } catch (IllegalArgumentException | NullPointerException unusable) {
                throw Violation.refuse(
                        "equalExcept.ranges[%d]".formatted(i), "must have an offset of 0 or more and a length above 0");
            }
        }
    }

    /**
     * @param percent of the conversion
     * @param failureCode null unless FAILED, as is {@code failureMessage}
     */
    record SeedView(
            String id,
            String pgId,
            String volumeId,
            String format,
            String file,
            SeedTask.State state,
            int percent,
            String failureCode,
            String failureMessage,
            Instant startedAt,
            Instant endedAt) {
        static SeedView of(SeedTask task) {
            return new SeedView(
                    task.id().toString(),
                    task.pg().toString(),
                    task.volume().toString(),
                    task.format().name().toLowerCase(java.util.Locale.ROOT),
                    task.file(),
                    task.state(),
                    task.percent(),
                    task.failure().map(SeedTask.Failure::code).orElse(null),
                    task.failure().map(SeedTask.Failure::message).orElse(null),
                    task.startedAt(),
                    task.endedAt().orElse(null));
        }
    }

    private static final int MAX_FILE_CHARACTERS = 1024;

    private final Seeds seeds;

    public SeedsResource(Seeds seeds) {
        this.seeds = seeds;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Roles.OPERATOR)
    @Operation(
            summary = "Imports an image into a replica whose first sync has not begun",
            description = "The first sync then compares and sends only what differs. With keepAs what the image holds"
                    + " stays as a branch: the old disk of a site that has failed over holds what was never replicated."
                    + " With equalExcept the first sync compares only in the ranges, as far as its agent's capture"
                    + " is the one that is named.")
    @APIResponse(
            responseCode = "202",
            description = "Begun; the same Idempotency-Key with the same request answers with the same task",
            content = @Content(schema = @Schema(implementation = SeedView.class)))
    public Response start(
            @PathParam("pgId") String pgId,
            @PathParam("volumeId") String volumeId,
            @HeaderParam("Idempotency-Key") String key,
            @NotNull SeedOrder order) {
        PgId pg = PgId.parse(pgId);
        VolumeId volume = VolumeId.parse(volumeId);
        String checkedKey = SessionsResource.checked(key);
        SeedFormat format = SeedFormat.parse(order.format())
                .orElseThrow(() -> Violation.refuse(
                        "format",
                        "must be one of " + Arrays.toString(SeedFormat.values()).toLowerCase(java.util.Locale.ROOT)));
        if (order.file() == null || order.file().isEmpty() || order.file().length() > MAX_FILE_CHARACTERS) {
            throw Violation.refuse("file", "must have 1 to %d characters".formatted(MAX_FILE_CHARACTERS));
        }
        Optional<EqualExcept> known = Optional.ofNullable(order.equalExcept()).map(KnownOrder::checked);
        SeedTask task = seeds.start(new Seeds.Order(pg, volume, format, order.file(), order.keep(), known), checkedKey);
        return Response.accepted(SeedView.of(task))
                .location(URI.create("/api/v1/journals/%s/volumes/%s/seeds/%s".formatted(pg, volume, task.id())))
                .build();
    }

    @GET
    @Path("/{seedId}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "How far an import is, or how it ended; the newest 64 of a journal are kept")
    public SeedView get(
            @PathParam("pgId") String pgId,
            @PathParam("volumeId") String volumeId,
            @PathParam("seedId") String seedId) {
        return SeedView.of(seeds.task(PgId.parse(pgId), VolumeId.parse(volumeId), uuid(seedId)));
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException malformed) {
            throw Violation.refuse("seedId", "must be a UUID");
        }
    }
}
