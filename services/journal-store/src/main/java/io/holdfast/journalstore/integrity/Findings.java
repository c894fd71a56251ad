package io.holdfast.journalstore.integrity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects findings: the first ones are kept, all are counted. One thread. */
public final class Findings {
    /** Findings that are kept; a journal with more is not worth a longer list. */
    public static final int LIMIT = 1000;

    private final List<Finding> kept = new ArrayList<>();
    private long total;

    public void add(Finding finding) {
        total++;
        if (kept.size() < LIMIT) {
            kept.add(finding);
        }
    }

    public long total() {
        return total;
    }

    /** Lowest LSN first; those without one last. */
    public List<Finding> kept() {
        return kept.stream()
                .sorted(Comparator.comparingLong(finding -> finding.lsn() < 0 ? Long.MAX_VALUE : finding.lsn()))
                .toList();
    }
}
