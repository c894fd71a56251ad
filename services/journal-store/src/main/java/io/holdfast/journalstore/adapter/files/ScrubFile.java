package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.integrity.ScrubResult;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code scrub.json} of a journal: the last scrub's result, replaced as a whole. Losing it costs another scrub. */
public final class ScrubFile {
    private static final int FORMAT_VERSION = 1;

    private record ScrubJson(int formatVersion, ScrubResult result) {}

    private ScrubFile() {}

    /** @throws HoldfastException {@code STORAGE_UNUSABLE} */
    public static void write(Path path, ScrubResult result) {
        try {
            SafeFile.replace(path, Json.MAPPER.writeValueAsBytes(new ScrubJson(FORMAT_VERSION, result)));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "%s cannot be written: %s".formatted(path, failure), failure);
        }
    }

    /** Empty = there is none, or it cannot be read: the journal counts as never scrubbed. */
    public static Optional<ScrubResult> read(Path path) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            ScrubJson json = Json.MAPPER.readValue(path.toFile(), ScrubJson.class);
            return json.formatVersion() == FORMAT_VERSION ? Optional.ofNullable(json.result()) : Optional.empty();
        } catch (IOException | RuntimeException unreadable) {
            return Optional.empty();
        }
    }
}
