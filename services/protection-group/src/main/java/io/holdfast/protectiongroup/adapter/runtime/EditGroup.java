package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.SyncRules;
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
        Optional<Duration> appCheckpointInterval,
        Optional<Integer> priority,
        Optional<RateLimit> rate,
        Optional<SyncRules> sync,
        Optional<List<VolumeId>> excluded) {

    /** What is asked for, for the record of commands. */
    String summary() {
        List<String> parts = new ArrayList<>();
        name.ifPresent(value -> parts.add("name '" + value + "'"));
        checkpointInterval.ifPresent(value -> parts.add("checkpointInterval " + value));
        history.ifPresent(value -> parts.add("history " + value));
        journalLimitBytes.ifPresent(value -> parts.add("journalLimitBytes " + value));
        rpoObjective.ifPresent(value -> parts.add("rpoObjective " + value));
        appCheckpointInterval.ifPresent(value -> parts.add("appCheckpointInterval " + value));
        priority.ifPresent(value -> parts.add("priority " + value));
        rate.ifPresent(value -> parts.add("rate " + value));
        sync.ifPresent(value -> parts.add("sync " + value));
        excluded.ifPresent(value -> parts.add("excludedVolumeIds " + value));
        return parts.isEmpty() ? "nothing" : String.join(", ", parts);
    }
}
