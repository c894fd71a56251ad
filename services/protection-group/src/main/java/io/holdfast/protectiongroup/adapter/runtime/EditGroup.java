package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.VolumeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The order to change a group; what is empty stays as it is. */
public record EditGroup(
        Optional<String> name,
        Optional<Duration> checkpointInterval,
        Optional<Duration> history,
        Optional<Long> journalLimitBytes,
        Optional<Duration> rpoObjective,
        Optional<List<VolumeId>> excluded) {

    /** What is asked for, for the record of commands. */
    String summary() {
        List<String> parts = new ArrayList<>();
        name.ifPresent(value -> parts.add("name '" + value + "'"));
        checkpointInterval.ifPresent(value -> parts.add("checkpointInterval " + value));
        history.ifPresent(value -> parts.add("history " + value));
        journalLimitBytes.ifPresent(value -> parts.add("journalLimitBytes " + value));
        rpoObjective.ifPresent(value -> parts.add("rpoObjective " + value));
        excluded.ifPresent(value -> parts.add("excludedVolumeIds " + value));
        return parts.isEmpty() ? "nothing" : String.join(", ", parts);
    }
}
