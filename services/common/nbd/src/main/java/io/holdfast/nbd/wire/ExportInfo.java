package io.holdfast.nbd.wire;

import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.Capability;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What the end of a handshake fixes about an export.
 *
 * @param size bytes
 * @param flags transmission flags, 16 bits (NBD specification, "Transmission flags")
 * @param blockSizes constraints on requests
 */
public record ExportInfo(long size, int flags, BlockSizes blockSizes) {
    private static final Map<Capability, Integer> FLAG_OF = new EnumMap<>(Map.of(
            Capability.READ_ONLY, Transmission.FLAG_READ_ONLY,
            Capability.FLUSH, Transmission.FLAG_SEND_FLUSH,
            Capability.FUA, Transmission.FLAG_SEND_FUA,
            Capability.TRIM, Transmission.FLAG_SEND_TRIM,
            Capability.WRITE_ZEROES, Transmission.FLAG_SEND_WRITE_ZEROES,
            Capability.FAST_ZERO, Transmission.FLAG_SEND_FAST_ZERO,
            Capability.MULTI_CONN, Transmission.FLAG_CAN_MULTI_CONN,
            Capability.ROTATIONAL, Transmission.FLAG_ROTATIONAL,
            Capability.CACHE, Transmission.FLAG_SEND_CACHE));

    /**
     * The transmission flags of a device. Commands that could only be refused are not advertised: no trim or zeroing on a
     * read-only device, no fast zeroing without zeroing. SEND_DF needs structured replies (NBD specification, "Transmission flags").
     */
    public static int flagsOf(Set<Capability> capabilities, boolean structuredReplies) {
        Set<Capability> shown = EnumSet.noneOf(Capability.class);
        shown.addAll(capabilities);
        if (shown.contains(Capability.READ_ONLY)) {
            shown.removeAll(EnumSet.of(Capability.TRIM, Capability.WRITE_ZEROES));
        }
        if (!shown.contains(Capability.WRITE_ZEROES)) {
            shown.remove(Capability.FAST_ZERO);
        }
        int flags = Transmission.FLAG_HAS_FLAGS | (structuredReplies ? Transmission.FLAG_SEND_DF : 0);
        for (Capability capability : shown) {
            flags |= FLAG_OF.get(capability);
        }
        return flags;
    }

    /** The capabilities that the flags stand for. */
    public Set<Capability> capabilities() {
        Set<Capability> found = EnumSet.noneOf(Capability.class);
        FLAG_OF.forEach((capability, flag) -> {
            if ((flags & flag) != 0) {
                found.add(capability);
            }
        });
        return Collections.unmodifiableSet(found);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
