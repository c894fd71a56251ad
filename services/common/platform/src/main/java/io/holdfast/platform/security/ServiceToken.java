package io.holdfast.platform.security;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The token with which this service calls others: the content of {@code holdfast.security.service-token-file}, read again
 * when the file changes, because whoever issues it (Kubernetes, {@code local-site}) renews it in place. Thread-safe.
 */
@Singleton
public class ServiceToken {
    private record Read(String token, FileTime modified, Object fileKey) {}

    private static final int MAX_BYTES = 64 * 1024;

    private final Optional<Path> file;
    private volatile Read last;

    @Inject
    public ServiceToken(@ConfigProperty(name = "holdfast.security.service-token-file") Optional<String> file) {
        this.file = file.map(Path::of);
    }

    /**
     * Value for the header {@code Authorization}.
     *
     * @throws HoldfastException {@code DEPENDENCY_UNAVAILABLE} when the file is not set, missing, empty or unreadable; a
     *     token that was read before is not used then
     */
    public String authorizationHeader() {
        return "Bearer " + current();
    }

    /** The token itself; errors as {@link #authorizationHeader()}. */
    public String current() {
        Path path =
                file.orElseThrow(() -> unusable("the setting holdfast.security.service-token-file is missing", null));
        try {
            var attributes = Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class);
            Read known = last;
            if (known == null
                    || !known.modified().equals(attributes.lastModifiedTime())
                    || !java.util.Objects.equals(known.fileKey(), attributes.fileKey())) {
                if (attributes.size() > MAX_BYTES) {
                    throw unusable(
                            "the service token file %s is larger than %d bytes".formatted(path, MAX_BYTES), null);
                }
                known = new Read(Files.readString(path).strip(), attributes.lastModifiedTime(), attributes.fileKey());
                last = known;
            }
            if (known.token().isEmpty()) {
                throw unusable("the service token file %s is empty".formatted(path), null);
            }
            return known.token();
        } catch (IOException unreadable) {
            throw unusable("the service token file %s cannot be read".formatted(path), unreadable);
        }
    }

    private static HoldfastException unusable(String message, IOException cause) {
        return new HoldfastException(CommonError.DEPENDENCY_UNAVAILABLE, message, cause);
    }
}
