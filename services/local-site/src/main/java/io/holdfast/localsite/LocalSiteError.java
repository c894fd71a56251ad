package io.holdfast.localsite;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can keep a local site from doing what it was asked. Scripts match on the name or on the exit code. */
public enum LocalSiteError implements ErrorCode {
    /** An option has a value that is not allowed. */
    LOCAL_SITE_OPTION_INVALID(Blame.INVALID_REQUEST, 10),
    /** A port that the site needs is taken, or two parts were given the same one. */
    LOCAL_SITE_PORT_IN_USE(Blame.CONFLICT, 11),
    /** The machine or its control group has less free memory than the parts may use. */
    LOCAL_SITE_MEMORY_TOO_LOW(Blame.EXHAUSTED, 12),
    /** A service's runnable jar is missing. */
    LOCAL_SITE_SERVICE_NOT_BUILT(Blame.NOT_FOUND, 13),
    /** The site's directory cannot be created, read or written, or its disk is nearly full. */
    LOCAL_SITE_DIRECTORY_UNUSABLE(Blame.UNAVAILABLE, 14),
    /** Another local site holds the directory. */
    LOCAL_SITE_ALREADY_RUNNING(Blame.CONFLICT, 15),
    /** A part ended or did not become ready in time. */
    LOCAL_SITE_PART_FAILED(Blame.UNAVAILABLE, 16),
    /** There is no running local site in this directory. */
    LOCAL_SITE_NOT_RUNNING(Blame.NOT_FOUND, 17),
    /** No part has this name, or this site runs without it. */
    LOCAL_SITE_PART_UNKNOWN(Blame.NOT_FOUND, 18),
    /** The part's present state does not allow the action, or the action does not exist for it. */
    LOCAL_SITE_ACTION_REFUSED(Blame.CONFLICT, 19),
    /** A file that local-site wrote earlier is damaged or from a newer version. */
    LOCAL_SITE_FILE_UNREADABLE(Blame.INTERNAL, 20),
    /** A program that this machine should have is missing, or may not be used. */
    LOCAL_SITE_TOOL_MISSING(Blame.UNAVAILABLE, 21);

    private final Blame blame;
    private final int exitCode;

    LocalSiteError(Blame blame, int exitCode) {
        this.blame = blame;
        this.exitCode = exitCode;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    /** The process's exit code for this error; 1 is left for defects, 2 for command line syntax. */
    public int exitCode() {
        return exitCode;
    }
}
