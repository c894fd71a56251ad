package io.holdfast.journalstore.adapter.files;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;

/** Tells a full volume from one that does not work, by what the system said. */
public final class StorageSaid {
    private StorageSaid() {}

    /** {@code STORAGE_FULL} or {@code STORAGE_UNUSABLE}. */
    public static HoldfastException translate(String what, IOException failure) {
        String text = String.valueOf(failure.getMessage());
        return isFull(text)
                ? new HoldfastException(CommonError.STORAGE_FULL, what + ": no space left: " + text, failure)
                : new HoldfastException(CommonError.STORAGE_UNUSABLE, what + ": " + text, failure);
    }

    /** Whether the text, in English, says that nothing more can be written: ENOSPC, EDQUOT, or RocksDB's own words. */
    public static boolean isFull(String text) {
        return text.contains("No space left")
                || text.contains("no space")
                || text.contains("quota exceeded")
                || text.contains("Disk quota");
    }
}
