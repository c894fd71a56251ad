package io.holdfast.recoveryplan.report;

import io.holdfast.recoveryplan.run.Run;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a run recovers when it does not recover everything. */
public final class PartLine {
    private PartLine() {}

    /** @return {@code null} = the whole plan */
    public static RunReport.Part of(Run run) {
        return run.order()
                .part()
                .map(part -> {
                    Map<String, List<String>> volumes = new TreeMap<>();
                    part.volumes()
                            .forEach((pg, ids) -> volumes.put(
                                    pg.toString(),
                                    ids.stream().map(Object::toString).sorted().toList()));
                    return new RunReport.Part(
                            part.vms().stream().map(Object::toString).sorted().toList(), volumes);
                })
                .orElse(null);
    }
}
