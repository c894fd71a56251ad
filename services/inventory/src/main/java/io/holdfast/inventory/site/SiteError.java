package io.holdfast.inventory.site;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

public enum SiteError implements ErrorCode {
    SITE_NOT_FOUND(Blame.NOT_FOUND),
    /** A site with this id exists under another name. */
    SITE_EXISTS(Blame.CONFLICT);

    private final Blame blame;

    SiteError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
