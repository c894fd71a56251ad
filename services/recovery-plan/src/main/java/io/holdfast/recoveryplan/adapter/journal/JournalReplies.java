package io.holdfast.recoveryplan.adapter.journal;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.time.Instant;
import java.util.List;

/** What we read of the journal-store's replies (docs/rest-api.md). Fields that are not named here are ignored. */
final class JournalReplies {
    private JournalReplies() {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record CheckpointPage(List<Checkpoint> items, String nextCursor) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Checkpoint(
            String id,
            String kind,
            Long lsn,
            Instant cutAt,
            String digest,
            List<Machine> machines,
            List<String> marks) {}

    /** Of a journal only this is of interest. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Journal(Long headLsn) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Machine(String vmId, String name, Spec spec) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Spec(
            Integer cpuCount,
            Long memoryBytes,
            String firmware,
            String machineType,
            List<Disk> disks,
            List<Nic> nics,
            DirectBoot directBoot) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Disk(String volumeId, String bus, String serial) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Nic(String name, String mac, String model, String network) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record DirectBoot(String kernel, String initrd, String commandLine) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Session(String id, List<Export> exports, Commit commit) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record BranchPage(List<Branch> items) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Branch(String name, String kind) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Commit(Boolean isFinal, String branch, String problem) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Export(String volumeId, String name, String vmId, Long sizeBytes, String nbdAddress, String nbdExport) {}
}
