package io.holdfast.replicationagent.sync;

/** The way of questions to the recovery site. Must not block. */
public interface HashLink {
    /** There is nobody to ask, and never will be: syncs do not compare. */
    HashLink NONE = _ -> false;

    /** @return false when no session takes the question now; it may be asked again later */
    boolean send(HashQuestion question);
}
