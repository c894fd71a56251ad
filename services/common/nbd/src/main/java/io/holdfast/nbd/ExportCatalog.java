package io.holdfast.nbd;

import java.io.IOException;
import java.util.List;

/**
 * The exports of a server, by name. Called by connection threads, any number at once; calls may block (opening a point in time may
 * take a while), and the handshake timeout limits how long a client waits for them.
 */
public interface ExportCatalog {

    /**
     * Opens an export for one connection. The lease is closed exactly once: when the connection ends, or right after an information
     * request. Two leases of one export normally share a device, and must if it has {@link Capability#MULTI_CONN}.
     *
     * @param name as sent by the client, at most 4,096 bytes of UTF-8; empty means the default export
     * @throws ExportRefusedException if the name is unknown or may not be opened; its message is shown to the client
     * @throws IOException any other failure; the client sees a refusal without details, the log has them
     */
    Lease open(String name) throws IOException;

    /** Exports that clients may see, in the order to show them. May omit exports that {@link #open} accepts. */
    List<Entry> list() throws IOException;

    /**
     * One listed export.
     *
     * @param name as {@link #open} accepts it
     * @param description for people, may be empty
     */
    record Entry(String name, String description) {}

    /** The right of one connection to use a device. */
    interface Lease extends AutoCloseable {
        BlockDevice device();

        /** For people, may be empty. */
        default String description() {
            return "";
        }

        /**
         * The connection takes requests from now on. Not called for a mere information request.
         *
         * @param end makes the connection take no further requests; those received are executed and answered, then it is closed. Returns at once; any thread, any number of times, also
         *     after {@link #close}
         */
        default void serving(Runnable end) {}

        /** Ends the use. Called after the last operation of the connection returned. Does not close a shared device. */
        @Override
        void close();
    }

    /** A lease on a device that outlives it: closing does nothing. */
    static Lease leaseOf(BlockDevice device, String description) {
        return new Lease() {
            @Override
            public BlockDevice device() {
                return device;
            }

            @Override
            public String description() {
                return description;
            }

            @Override
            public void close() {}
        };
    }

    /** One device under one name, which is also the default export. The caller keeps ownership of the device. */
    static ExportCatalog single(String name, BlockDevice device) {
        return new ExportCatalog() {
            @Override
            public Lease open(String wanted) throws IOException {
                if (!wanted.isEmpty() && !wanted.equals(name)) {
                    throw ExportRefusedException.unknown(wanted);
                }
                return leaseOf(device, "");
            }

            @Override
            public List<Entry> list() {
                return List.of(new Entry(name, ""));
            }
        };
    }
}
