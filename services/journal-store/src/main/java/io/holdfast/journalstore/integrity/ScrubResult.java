package io.holdfast.journalstore.integrity;

import java.time.Instant;
import java.util.List;

/**
 * What the last whole pass over a journal found.
 *
 * @param changes that were in the history
 * @param bytesRead of changes, index and images
 * @param total findings
 * @param findings the first of them, lowest LSN first
 */
public record ScrubResult(
        Instant startedAt,
        Instant finishedAt,
        long changes,
        int checkpoints,
        long bytesRead,
        long total,
        List<Finding> findings) {
    public ScrubResult {
        findings = List.copyOf(findings);
    }
}
