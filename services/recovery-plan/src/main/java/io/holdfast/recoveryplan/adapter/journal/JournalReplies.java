package io.holdfast.recoveryplan.adapter.journal;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.time.Instant;
import java.util.List;

/** What we read of the journal-store's replies (docs/rest-api.md). Fields that are not named here are ignored. */
final class JournalReplies {
    private JournalReplies() {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record CheckpointPage(List<Checkpoint> items) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Checkpoint(String id, String kind, Long lsn, Instant cutAt) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Session(String id, List<Export> exports) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Export(String volumeId, String name, String vmId, Long sizeBytes, String nbdAddress, String nbdExport) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Problem(String code, String detail) {}
}
