package io.holdfast.journalstore.apply;

/** Why a stream cannot go on from what the journal has. The code is part of the journal's format. */
public enum GapReason {
    /** A batch begins behind the next seq, or a new epoch does not begin at seq 1. */
    RECORDS_MISSING(1),
    /** A batch could not be read, or says something impossible; it is in the dead letters. */
    RECORD_REFUSED(2),
    /** Kafka no longer has what the journal still needed. */
    KAFKA_RECORDS_LOST(3),
    /** A sync began that what is stored is no base for, or ended without having begun ({@link VolumeSync}). */
    SYNC_WITHOUT_BASE(4),
    /** A recovery session was committed: the volumes are what it made of them, and only a FULL sync can follow. */
    COMMITTED(5);

    private final int code;

    GapReason(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException for a code this version does not know */
    public static GapReason ofCode(int code) {
        for (GapReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        throw new IllegalArgumentException("unknown gap reason " + code);
    }
}
