package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.e2e.client.OpenPage;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.StreamSupport;

/** Both ends of one group's replication: what the agent still holds, and what the journal has. Safe for several threads. */
final class Pipeline {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String APPLIED_BYTES = "holdfast_journal_applied_bytes_total";

    private final SiteClient site;
    private final URI agentStatus;
    private final URI agentMetrics;
    private final URI journalMetrics;
    private final ProtectedMachine machine;

    Pipeline(SiteClient site, URI agent, URI journalStore, ProtectedMachine machine) {
        this.site = site;
        this.agentStatus = agent.resolve("/status");
        this.agentMetrics = agent.resolve("/q/metrics");
        this.journalMetrics = journalStore.resolve("/q/metrics");
        this.machine = machine;
    }

    /**
     * The agent's side.
     *
     * @param inSync whether every volume's every write is being captured: false from the overflow of the ring until the resync is over
     * @param ringLimitBytes the stream's share of the ring
     */
    record AgentSide(
            boolean inSync, boolean allAcknowledged, long ringUsedBytes, long ringLimitBytes, long dirtyBytes) {}

    AgentSide agent() {
        JsonNode status = readAgent();
        JsonNode stream = StreamSupport.stream(status.path("streams").spliterator(), false)
                .filter(each -> each.path("pgId").asText().equals(machine.pgId()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the agent has no stream of group " + machine.pgId()));
        boolean inSync = true;
        long dirty = 0;
        for (JsonNode volume : stream.path("volumes")) {
            inSync &= volume.path("state").asText().startsWith("InSync");
            dirty += volume.path("dirtyBytes").asLong();
        }
        return new AgentSide(
                inSync,
                stream.path("newestSeq").asLong() == stream.path("ackedSeq").asLong(),
                stream.path("ringUsedBytes").asLong(),
                stream.path("ringLimitBytes").asLong(),
                dirty);
    }

    private JsonNode readAgent() {
        try {
            return JSON.readTree(OpenPage.read(agentStatus).text());
        } catch (IOException notJson) {
            throw new IllegalStateException("the agent's status is not JSON", notJson);
        }
    }

    /** LSN of the newest change that the journal has applied; 0 while there is no journal. */
    long headLsn() {
        try {
            return site.get(machine.journalPath()).path("headLsn").asLong();
        } catch (SiteClient.RefusedException notYet) {
            if (notYet.status() == 404) {
                return 0;
            }
            throw notYet;
        }
    }

    /**
     * Bytes of changes, payload and overhead, that the journal-store has applied since it started, over all groups. Not the journal's
     * size: what lies before the first recoverable point is aged into the replica image at once.
     */
    double appliedBytes() {
        return OpenPage.read(journalMetrics)
                .text()
                .lines()
                .filter(line -> line.startsWith(APPLIED_BYTES))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToDouble(Double::parseDouble)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the journal-store has no metric " + APPLIED_BYTES));
    }

    /** Bytes of batches, as they went over the link, that the agent has sent for this group since it started; as of up to a second ago. */
    double sentBytes() {
        return OpenPage.read(agentMetrics).sumOf("holdfast_sent_bytes", machine.pgId());
    }

    /** When the newest checkpoint was cut that can be recovered, in microseconds since 1970. */
    long newestCutMicros() {
        JsonNode newest =
                site.get(machine.checkpointsPath() + "?limit=1").path("items").path(0);
        if (newest.isMissingNode()) {
            throw new IllegalStateException("there is no checkpoint");
        }
        return ChronoUnit.MICROS.between(
                Instant.EPOCH, Instant.parse(newest.path("cutAt").asText()));
    }

    /**
     * Waits until nothing of what was written before this call is under way.
     *
     * <p>The agent's ring being empty proves Kafka has it; a checkpoint that was cut after that and can be opened proves that the journal
     * has it.
     */
    void awaitDrained(Duration limit) {
        Poll.until("everything is acknowledged and in sync", Duration.ofMillis(50), limit, () -> {
            AgentSide agent = agent();
            return agent.inSync() && agent.allAcknowledged() && agent.dirtyBytes() == 0;
        });
        machine.awaitCheckpointAfter(Instant.now(), limit);
    }
}
