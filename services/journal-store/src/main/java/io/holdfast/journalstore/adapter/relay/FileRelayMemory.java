package io.holdfast.journalstore.adapter.relay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.files.StorageSaid;
import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.relay.Place;
import io.holdfast.journalstore.relay.RelayMemory;
import io.holdfast.journalstore.relay.Remembered;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** One small JSON file per group in a folder of the target's. A file that cannot be believed costs a full copy, never more. */
final class FileRelayMemory implements RelayMemory {
    private static final System.Logger LOG = System.getLogger(FileRelayMemory.class.getName());
    private static final int VERSION = 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    /** @throws HoldfastException {@code STORAGE_UNUSABLE} */
    FileRelayMemory(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException failure) {
            throw StorageSaid.translate("making the folder of the relay's memory " + folder, failure);
        }
    }

    @Override
    public Optional<Remembered> load(PgId group) {
        Path file = file(group);
        try {
            JsonNode read = JSON.readTree(Files.readAllBytes(file));
            if (read.path("version").asInt() != VERSION) {
                throw new IllegalArgumentException("version " + read.path("version"));
            }
            Map<VolumeId, Long> sizes = new HashMap<>();
            read.required("sizes")
                    .properties()
                    .forEach(entry -> sizes.put(
                            VolumeId.parse(entry.getKey()), entry.getValue().longValue()));
            return Optional.of(new Remembered(
                    new Epoch(read.required("epoch").longValue()),
                    read.required("lineage").asText(),
                    sizes,
                    place(read.path("at")),
                    place(read.path("reached")),
                    read.required("whole").booleanValue()));
        } catch (NoSuchFileException missing) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException | HoldfastException damaged) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "What was remembered of a relayed group cannot be read, all is sent again; file=" + file,
                    damaged);
            // The target may hold something: not "nothing", which would leave zeroes out.
            return Optional.of(new Remembered(Epoch.NONE, "", Map.of(), Optional.empty(), Optional.empty(), false));
        }
    }

    @Override
    public void save(PgId group, Remembered remembered) {
        ObjectNode out = JSON.createObjectNode()
                .put("version", VERSION)
                .put("epoch", remembered.epoch().value())
                .put("lineage", remembered.lineage())
                .put("whole", remembered.whole());
        remembered.at().ifPresent(place -> write(place, out.putObject("at")));
        remembered.reached().ifPresent(place -> write(place, out.putObject("reached")));
        ObjectNode sizes = out.putObject("sizes");
        remembered.sizes().forEach((volume, bytes) -> sizes.put(volume.toString(), bytes));
        try {
            SafeFile.replace(file(group), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(out));
        } catch (IOException failure) {
            throw StorageSaid.translate("writing the relay's memory " + file(group), failure);
        }
    }

    private static void write(Place place, ObjectNode out) {
        out.put("checkpoint", place.checkpoint().toString())
                .put("lsn", place.lsn().value())
                .put("cutAtMicros", place.cutAtMicros());
        place.digest().ifPresent(digest -> out.put("digest", digest.toString()));
    }

    private static Optional<Place> place(JsonNode at) {
        if (at.isMissingNode()) {
            return Optional.empty();
        }
        Optional<Digest> digest = at.has("digest")
                ? Optional.of(
                        Digest.of(HexFormat.of().parseHex(at.required("digest").asText())))
                : Optional.empty();
        return Optional.of(new Place(
                CheckpointId.parse(at.required("checkpoint").asText()),
                Lsn.of(at.required("lsn").longValue()),
                at.required("cutAtMicros").longValue(),
                digest));
    }

    private Path file(PgId group) {
        return folder.resolve(group + ".json");
    }
}
