package io.holdfast.protectiongroup.lifecycle;

/** What becomes of the journal when protection ends. */
public enum JournalFate {
    /** It stays and can be recovered from until somebody asks for its deletion. */
    KEEP,
    DELETE
}
