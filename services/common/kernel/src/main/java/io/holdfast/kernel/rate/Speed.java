package io.holdfast.kernel.rate;

/** How fast something may be sent at one moment. */
public sealed interface Speed {
    Speed UNLIMITED = new Unlimited();
    Speed CLOSED = new Closed();

    /** As fast as everything else allows. */
    record Unlimited() implements Speed {}

    /** @param bytesPerSecond 1 or more */
    record Limited(long bytesPerSecond) implements Speed {
        public Limited {
            if (bytesPerSecond < 1) {
                throw new IllegalArgumentException(
                        "a limited speed is 1 byte per second or more, not " + bytesPerSecond);
            }
        }
    }

    /** Nothing may be sent. */
    record Closed() implements Speed {}

    /** The form that messages use: 0 = unlimited. */
    static Speed ofBytesPerSecond(long bytesPerSecond) {
        return bytesPerSecond == 0 ? UNLIMITED : new Limited(bytesPerSecond);
    }
}
