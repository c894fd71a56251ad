package io.holdfast.kernel.change;

/** Why a volume is brought into sync (architecture, section 3). The wire code is part of the stream format. */
public enum SyncKind {
    /** The target holds nothing: everything that is allocated and not zero is sent. */
    INITIAL(1),
    /** The ring overflowed: regions noted dirty since then are sent. */
    BITMAP(2),
    /** The agent restarted: regions of the write-intent map are sent. */
    DELTA(3),
    /** Continuity is lost and nothing limits the difference: everything is compared or sent, zeroes included. */
    FULL(4);

    private final int wireCode;

    SyncKind(int wireCode) {
        this.wireCode = wireCode;
    }

    public int wireCode() {
        return wireCode;
    }

    /** @throws IllegalArgumentException for a code this version does not know */
    public static SyncKind ofWireCode(int code) {
        for (SyncKind kind : values()) {
            if (kind.wireCode == code) {
                return kind;
            }
        }
        throw new IllegalArgumentException("unknown sync kind " + code);
    }
}
