package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.adapter.guestfs.child.Wire;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;

/** What libguestfs says, in the words of this service. */
final class Refusals {
    /** errno(3) of Linux. */
    private static final int ENOENT = 2;

    private static final int ENOTDIR = 20;
    private static final int ENAMETOOLONG = 36;
    private static final int ELOOP = 40;

    private Refusals() {}

    static HoldfastException of(int kind, int errno, String said) {
        String message = printable(said);
        return switch (kind) {
            case Wire.FAILED -> failed(errno, message);
            case Wire.NOT_MOUNTED ->
                new HoldfastException(
                        JournalError.FILE_SYSTEM_UNREADABLE, "the file system cannot be mounted: " + message);
            case Wire.MISSING ->
                new HoldfastException(
                        JournalError.FILE_TOOLS_MISSING, "libguestfs is not installed on this store: " + message);
            case Wire.TOO_LARGE -> new HoldfastException(JournalError.FOLDER_TOO_LARGE, message);
            default -> new HoldfastException(JournalError.FILE_TOOLS_FAILED, "the appliance ended: " + message);
        };
    }

    private static HoldfastException failed(int errno, String message) {
        return switch (errno) {
            case ENOENT, ENAMETOOLONG ->
                new HoldfastException(JournalError.FILE_NOT_FOUND, "nothing is there: " + message);
            case ELOOP -> new HoldfastException(JournalError.FILE_NOT_FOUND, "links lead in a circle: " + message);
            case ENOTDIR ->
                new HoldfastException(JournalError.NOT_A_FOLDER, "a part of the path is no folder: " + message);
            default -> new HoldfastException(JournalError.FILE_SYSTEM_UNREADABLE, message);
        };
    }

    /** A guest has a say in these texts, and they go into logs and onto terminals. */
    static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
