package io.holdfast.recoveryplan.adapter.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunRegister;
import io.holdfast.recoveryplan.adapter.persistence.SqlMachineScreens;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.report.page.ReportPage;
import io.holdfast.recoveryplan.run.RunError;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** Reports of runs as pages. */
@Path("/api/v1/runs/{id}/report.html")
public class ReportPagesResource {
    /** The page brings what it shows and nothing else: whatever were to slip through its escaping could not run, nor send anything anywhere. */
    private static final String POLICY =
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** Of all pictures of one page; the others are named by their digests only. */
    private static final int MOST_PICTURE_BYTES = 16 << 20;

    private final JpaRunRegister runs;
    private final SqlMachineScreens screens;
    private final ObjectMapper json;
    private final Clock clock;

    @Inject
    public ReportPagesResource(JpaRunRegister runs, SqlMachineScreens screens, ObjectMapper json, Clock clock) {
        this.runs = runs;
        this.screens = screens;
        this.json = json;
        this.clock = clock;
    }

    /** The report as one page that needs nothing else, to be kept or printed. */
    @GET
    @Produces(MediaType.TEXT_HTML)
    @RolesAllowed(Roles.VIEWER)
    @APIResponse(
            responseCode = "200",
            content = @Content(mediaType = MediaType.TEXT_HTML, schema = @Schema(type = SchemaType.STRING)))
    public Response page(@PathParam("id") String id) {
        RunId run = RunId.parse(id);
        RunReport report = runs.report(run)
                .orElseThrow(() -> new HoldfastException(RunError.RUN_NOT_FOUND, "there is no run %s".formatted(run)));
        String page = ReportPage.of(report, pictures(run, report), sha256(report), clock.instant());
        return Response.ok(page, MediaType.TEXT_HTML + ";charset=UTF-8")
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .header("Cache-Control", "private, no-store")
                .build();
    }

    private Map<String, byte[]> pictures(RunId run, RunReport report) {
        Map<String, byte[]> pictures = new HashMap<>();
        int bytes = 0;
        for (RunReport.Group group : report.groups()) {
            for (RunReport.Member member : group.members()) {
                for (RunReport.Machine machine : member.machines()) {
                    if (machine.screen() != null && bytes + machine.screen().bytes() <= MOST_PICTURE_BYTES) {
                        bytes += machine.screen().bytes();
                        screens.png(run, UUID.fromString(machine.machineId()))
                                .ifPresent(png -> pictures.put(machine.machineId(), png));
                    }
                }
            }
        }
        return pictures;
    }

    /** Of what {@code GET …/report} answers. */
    private String sha256(RunReport report) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(json.writeValueAsBytes(report)));
        } catch (JsonProcessingException | NoSuchAlgorithmException impossible) {
            throw new HoldfastException(CommonError.INTERNAL, "a report has no digest", impossible);
        }
    }
}
