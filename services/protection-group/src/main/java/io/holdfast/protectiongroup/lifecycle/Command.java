package io.holdfast.protectiongroup.lifecycle;

/** What a person can ask of a group. */
public enum Command {
    START,
    PAUSE,
    RESUME,
    /** Cut and name a checkpoint now. */
    CHECKPOINT,
    /** Change the name, the objectives or the exclusions. */
    EDIT,
    REMOVE
}
