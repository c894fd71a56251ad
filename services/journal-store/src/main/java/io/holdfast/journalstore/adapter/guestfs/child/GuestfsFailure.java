package io.holdfast.journalstore.adapter.guestfs.child;

/** A function of libguestfs failed. */
final class GuestfsFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;

    GuestfsFailure(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    /** As the library gives it: 0 when it knows none. */
    int errno() {
        return errno;
    }
}
