package io.holdfast.journalstore.adapter.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** {@code manifest.json} of a journal: the domain's manifest as JSON, replaced as a whole. */
public final class ManifestFile {
    private record VolumeJson(
            int index,
            String volumeId,
            String name,
            String vmId,
            String vmName,
            String agentId,
            long sizeBytes,
            Long removedAtLsn) {}

    private record ManifestJson(
            int formatVersion,
            String pgId,
            String name,
            Instant createdAt,
            List<String> lineage,
            long policyRevision,
            JournalPolicy.State policyState,
            int partition,
            Duration history,
            long limitBytes,
            List<VolumeJson> volumes) {}

    private ManifestFile() {}

    public static void write(Path path, Manifest manifest) {
        ManifestJson json = new ManifestJson(
                manifest.formatVersion(),
                manifest.pg().toString(),
                manifest.name(),
                manifest.createdAt(),
                manifest.lineage(),
                manifest.policyRevision(),
                manifest.policyState(),
                manifest.partition(),
                manifest.history(),
                manifest.limitBytes(),
                manifest.volumes().stream().map(ManifestFile::json).toList());
        try {
            SafeFile.replace(path, Json.MAPPER.writeValueAsBytes(json));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "the manifest %s cannot be written: %s".formatted(path, failure),
                    failure);
        }
    }

    private static VolumeJson json(VolumeSlot slot) {
        return new VolumeJson(
                slot.index(),
                slot.volume().toString(),
                slot.name(),
                slot.vm().toString(),
                slot.vmName(),
                slot.agent().toString(),
                slot.sizeBytes(),
                slot.removedAt().map(Lsn::value).orElse(null));
    }

    /** @throws HoldfastException {@code FORMAT_VERSION_UNKNOWN} or {@code JOURNAL_DAMAGED} */
    public static Manifest read(Path path) {
        try {
            JsonNode tree = Json.MAPPER.readTree(path.toFile());
            int version = tree.path("formatVersion").asInt(0);
            if (version < Manifest.OLDEST_FORMAT_VERSION || version > Manifest.FORMAT_VERSION) {
                throw new HoldfastException(
                        JournalError.FORMAT_VERSION_UNKNOWN,
                        "%s says format version %d; this version of Holdfast reads versions %d to %d"
                                .formatted(path, version, Manifest.OLDEST_FORMAT_VERSION, Manifest.FORMAT_VERSION));
            }
            ManifestJson json = Json.MAPPER.treeToValue(tree, ManifestJson.class);
            return new Manifest(
                    json.formatVersion(),
                    PgId.parse(json.pgId()),
                    json.name(),
                    json.createdAt(),
                    json.lineage(),
                    json.policyRevision(),
                    json.policyState(),
                    json.partition(),
                    json.history(),
                    json.limitBytes(),
                    json.volumes().stream().map(ManifestFile::slot).toList());
        } catch (IOException | NullPointerException | IllegalArgumentException unreadable) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    "the manifest %s cannot be read: %s".formatted(path, unreadable.getMessage()),
                    unreadable);
        }
    }

    private static VolumeSlot slot(VolumeJson json) {
        return new VolumeSlot(
                json.index(),
                VolumeId.parse(json.volumeId()),
                json.name(),
                VmId.parse(json.vmId()),
                json.vmName(),
                AgentId.parse(json.agentId()),
                json.sizeBytes(),
                Optional.ofNullable(json.removedAtLsn()).map(Lsn::of));
    }
}
