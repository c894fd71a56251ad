package io.holdfast.journalstore.adapter.image;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where and how points are exported.
 *
 * @param directory of this store alone
 * @param reserveBytes that stay free there: an export that would go below fails
 * @param timeLimit from an order to its end; so long at most an export holds its point in the history
 * @param qemuImg name or path of the program for formats other than raw
 */
public record ExportOptions(Path directory, long reserveBytes, Duration timeLimit, String qemuImg) {
    public ExportOptions {
        if (reserveBytes < 0 || timeLimit.isNegative() || timeLimit.isZero() || qemuImg.isBlank()) {
            throw new IllegalArgumentException(
                    "export reserve %d bytes, time limit %s, qemu-img '%s': not negative, longer than zero, and a program"
                            .formatted(reserveBytes, timeLimit, qemuImg));
        }
    }
}
