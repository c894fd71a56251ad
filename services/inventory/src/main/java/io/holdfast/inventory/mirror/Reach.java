package io.holdfast.inventory.mirror;

/** How much what is known of a peer is worth now. */
public enum Reach {
    /** Heard from it lately. */
    CURRENT,
    /** It has been silent for too long, or is no peer any more: what is known is how it was. */
    STALE,
    /** It was never heard. */
    NEVER
}
