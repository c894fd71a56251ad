package io.holdfast.journalstore.journal;

/** How a checkpoint came to be (glossary). The code is part of the journal's format. */
public enum CheckpointKind {
    CRASH(1),
    APP(2),
    USER(3);

    private final int code;

    CheckpointKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException for a code this version does not know */
    public static CheckpointKind ofCode(int code) {
        for (CheckpointKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IllegalArgumentException("unknown checkpoint kind " + code);
    }
}
