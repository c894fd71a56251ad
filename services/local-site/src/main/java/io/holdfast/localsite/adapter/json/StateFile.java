package io.holdfast.localsite.adapter.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.identity.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** Reads and writes {@code state.json}. What is read names processes to end, so it is checked as outside input. */
public record StateFile(Path file) {
    private static final long LARGEST_BYTES = 1 << 20;
    private static final int MOST_PARTS = 64;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    /** Replaces the file as a whole. */
    public void write(SiteState state) {
        PrivateFiles.write(file, toJson(state));
    }

    public static String toJson(SiteState state) {
        try {
            return JSON.writeValueAsString(state) + "\n";
        } catch (JsonProcessingException plainRecords) {
            throw new IllegalStateException("plain records always become JSON", plainRecords);
        }
    }

    public void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException stays) {
            // The lock is what counts; a leftover file names processes that have ended.
        }
    }

    /**
     * @return empty when there is no file: no site has run here, or the last one stopped cleanly
     * @throws HoldfastException {@code LOCAL_SITE_FILE_UNREADABLE} when the file is damaged or from another version
     */
    public Optional<SiteState> read() {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) > LARGEST_BYTES) {
                throw unreadable("it is larger than %d bytes".formatted(LARGEST_BYTES), null);
            }
            return Optional.of(checked(JSON.readValue(Files.readAllBytes(file), SiteState.class)));
        } catch (IOException damaged) {
            String first =
                    String.valueOf(damaged.getMessage()).lines().findFirst().orElse("no message");
            throw unreadable(first, damaged);
        }
    }

    private SiteState checked(SiteState state) {
        if (state == null || state.parts() == null) {
            throw unreadable("it holds no parts", null);
        }
        if (state.formatVersion() != SiteState.FORMAT_VERSION) {
            throw unreadable(
                    "its format is %d and this program knows %d"
                            .formatted(state.formatVersion(), SiteState.FORMAT_VERSION),
                    null);
        }
        if (state.parts().size() > MOST_PARTS) {
            throw unreadable("it lists more than %d parts".formatted(MOST_PARTS), null);
        }
        boolean sane = state.pid() > 1
                && state.startTicks() >= 0
                && state.parts().stream()
                                .filter(Objects::nonNull)
                                // 0 stands for none; 1 and negative numbers would name what is never ours.
                                .filter(part -> part.name() != null && part.state() != null && part.ports() != null)
                                .filter(part -> (part.pid() == 0 || part.pid() > 1) && part.startTicks() >= 0)
                                .count()
                        == state.parts().size();
        if (!sane) {
            throw unreadable("a field is missing or a process number is impossible", null);
        }
        return state;
    }

    private HoldfastException unreadable(String why, Throwable cause) {
        return new HoldfastException(
                LocalSiteError.LOCAL_SITE_FILE_UNREADABLE, "%s cannot be used: %s.".formatted(file, why), cause);
    }
}
