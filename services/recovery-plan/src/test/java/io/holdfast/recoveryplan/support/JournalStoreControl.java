package io.holdfast.recoveryplan.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.id.PgId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.ConfigProvider;

/** How a test talks to the {@link FakeJournalStore}, which runs outside of the application's class loader. */
public final class JournalStoreControl {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private JournalStoreControl() {}

    /** A group that the store knows, with three checkpoints, behaving as said: {@code open=lose&close=gateway}. */
    public static PgId group(String behaviour) {
        PgId pg = PgId.random();
        behave(pg, behaviour);
        return pg;
    }

    public static void behave(PgId pg, String behaviour) {
        send(HttpRequest.newBuilder(uri(pg, behaviour))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build());
    }

    /** Sessions of a group that are open now. */
    public static List<String> openSessions(PgId pg) {
        return sessions(pg, "open");
    }

    /** Sessions of a group that were ever opened. */
    public static List<String> everOpened(PgId pg) {
        return sessions(pg, "ever");
    }

    /** Where protection-group has the group: PROTECTED, FAILING_OVER, FAILED_OVER or RESYNC. */
    public static String state(PgId pg) {
        return sessions(pg, "state").getFirst();
    }

    /** A time behind the second newest checkpoint and before the newest. */
    public static Instant beforeTheNewest(PgId pg) {
        return Instant.parse(sessions(pg, "cutAt").getFirst()).minusSeconds(1);
    }

    public static String vmOf(PgId pg) {
        return FakeJournalStore.vmOf(pg.toString());
    }

    private static List<String> sessions(PgId pg, String which) {
        JsonNode reply = send(HttpRequest.newBuilder(uri(pg, "")).GET().build());
        return StreamSupport.stream(reply.get(which).spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static URI uri(PgId pg, String query) {
        String base = ConfigProvider.getConfig().getValue("holdfast.recovery-plan.journal-store-url", String.class);
        return URI.create(base + "/control/" + pg + "?" + query);
    }

    private static JsonNode send(HttpRequest request) {
        try {
            return new ObjectMapper()
                    .readTree(HTTP.send(request, HttpResponse.BodyHandlers.ofString())
                            .body());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError("the fake journal-store does not answer", failed);
        }
    }
}
