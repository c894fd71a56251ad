package io.holdfast.journalstore.adapter.files;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code commit.json} in a session's folder: the session is to be committed. Without it, it is not. */
public final class CommitOrderFile {
    private static final String NAME = "commit.json";

    /**
     * @param branch name for the history behind the session's point
     * @param idempotencyKey the caller's, or empty
     */
    public record Order(String branch, String idempotencyKey) {}

    private CommitOrderFile() {}

    public static void write(Path sessionFolder, Order order) {
        try {
            SafeFile.replace(sessionFolder.resolve(NAME), Json.MAPPER.writeValueAsBytes(order));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the order to commit cannot be stored: " + failure, failure);
        }
    }

    /** @throws HoldfastException {@code STORAGE_UNUSABLE} when it is there and cannot be read */
    public static Optional<Order> read(Path sessionFolder) {
        Path path = sessionFolder.resolve(NAME);
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.MAPPER.readValue(path.toFile(), Order.class));
        } catch (IOException unreadable) {
            throw new HoldfastException(CommonError.STORAGE_UNUSABLE, path + " cannot be read", unreadable);
        }
    }
}
