package io.holdfast.journalstore.files;

import java.time.Instant;
import java.util.Optional;

/**
 * What stands in a folder.
 *
 * @param mode the twelve bits of permissions
 * @param linkTarget of a symbolic link
 */
public record GuestEntry(
        GuestText name,
        Kind kind,
        long sizeBytes,
        Instant modifiedAt,
        int mode,
        long uid,
        long gid,
        Optional<GuestText> linkTarget) {
    private static final int TYPE_BITS = 0xf000;

    public enum Kind {
        FILE,
        FOLDER,
        LINK,
        /** A device, pipe or socket: it has no content. */
        SPECIAL;

        /** @param mode field st_mode of stat(2) */
        public static Kind of(long mode) {
            return switch ((int) mode & TYPE_BITS) {
                case 0x8000 -> FILE;
                case 0x4000 -> FOLDER;
                case 0xa000 -> LINK;
                default -> SPECIAL;
            };
        }
    }
}
