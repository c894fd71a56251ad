package io.holdfast.journalstore.files;

import io.holdfast.kernel.id.VolumeId;
import java.util.Optional;

/**
 * A file system of a view.
 *
 * @param device its name inside the view, such as {@code /dev/sda1} or {@code /dev/vg/root}
 * @param type as the guest's kernel would call it, such as ext4, xfs, ntfs; {@code swap} and {@code unknown} have no files
 * @param label empty = none
 * @param volume that it lies on; empty when it may lie on several
 */
public record GuestFileSystem(String device, String type, String label, long sizeBytes, Optional<VolumeId> volume) {
    public boolean hasFiles() {
        return !type.equals("swap") && !type.equals("unknown") && !type.isEmpty();
    }
}
