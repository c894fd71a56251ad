package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.hosting.BackingFormat;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Opens images whose bytes are not the disk's bytes. */
@FunctionalInterface
public interface ImageOpener {
    /**
     * @param image an existing file, with symbolic links resolved
     * @param format never raw
     * @param allowed whether a file that the image refers to may be used, such as its backing file
     * @throws HoldfastException {@code BACKING_OUTSIDE_ROOTS}, {@code BACKING_UNUSABLE} or {@code IN_USE_ELSEWHERE}; nothing is left running then
     */
    BlockDevice open(Path image, BackingFormat format, Predicate<Path> allowed);
}
