package io.holdfast.localsite.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.adapter.linux.ProcessIdentity;
import io.holdfast.localsite.identity.PrivateFiles;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** A site that runs in another process, as the commands see it. */
record RunningSite(SiteDirectory directory, SiteState state) {
    /** Starting a part may take its whole start limit. */
    private static final Duration ACTION_LIMIT = Duration.ofSeconds(150);

    /** The site that runs in this directory, if one does. */
    static Optional<RunningSite> find(SiteDirectory directory) {
        return new StateFile(directory.state())
                .read()
                .map(state -> new RunningSite(directory, state))
                .filter(site -> site.process().isAlive());
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_NOT_RUNNING}
     */
    static RunningSite get(SiteDirectory directory) {
        return find(directory).orElseThrow(() -> notRunning(directory));
    }

    static HoldfastException notRunning(SiteDirectory directory) {
        return new HoldfastException(
                LocalSiteError.LOCAL_SITE_NOT_RUNNING,
                "No local site runs in %s; 'local-site up --directory %s' starts one."
                        .formatted(directory.root(), directory.root()));
    }

    ProcessIdentity process() {
        return new ProcessIdentity(state.pid(), state.startTicks());
    }

    /** The site's own answer about its parts, as JSON text. */
    String status() {
        return send(HttpRequest.newBuilder(URI.create(state.address() + "/status"))
                .timeout(Duration.ofSeconds(15))
                .build());
    }

    /** Acts on one part and returns when it is done. */
    void act(String part, String action) {
        send(HttpRequest.newBuilder(URI.create("%s/control/parts/%s/%s".formatted(state.address(), part, action)))
                .header("Authorization", "Bearer " + PrivateFiles.read(directory.controlToken()))
                .timeout(ACTION_LIMIT)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    }

    private String send(HttpRequest request) {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw refusal(response.body());
            }
            return response.body();
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_NOT_RUNNING,
                    "The local site at %s does not answer: %s.".formatted(state.address(), failed.getMessage()),
                    failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_FAILED, "Interrupted while waiting for the site.", interrupted);
        }
    }

    private static HoldfastException refusal(String body) throws IOException {
        JsonNode problem = new ObjectMapper().readTree(body);
        String code = problem.path("code").asText();
        LocalSiteError known = LocalSiteError.LOCAL_SITE_ACTION_REFUSED;
        for (LocalSiteError candidate : LocalSiteError.values()) {
            if (candidate.name().equals(code)) {
                known = candidate;
            }
        }
        return new HoldfastException(known, problem.path("detail").asText("the site refused, and did not say why"));
    }
}
