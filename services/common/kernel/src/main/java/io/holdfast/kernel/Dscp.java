package io.holdfast.kernel;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;

/**
 * The mark that packets of a link carry for the network's own rules of priority (RFC 2474; F146): six bits, 0 to {@link #MOST}. {@link #NONE} (0) is what
 * packets have that nobody marked.
 */
public record Dscp(int value) {
    public static final int MOST = 63;
    public static final Dscp NONE = new Dscp(0);

    /** @throws IllegalArgumentException outside the range */
    public Dscp {
        if (value < 0 || value > MOST) {
            throw new IllegalArgumentException(outside("a DSCP", value));
        }
    }

    /** @throws HoldfastException {@code INVALID_CONFIGURATION} outside the range, naming the setting that has it */
    public static Dscp of(String setting, int value) {
        if (value < 0 || value > MOST) {
            throw new HoldfastException(CommonError.INVALID_CONFIGURATION, outside(setting, value));
        }
        return new Dscp(value);
    }

    private static String outside(String what, int value) {
        return "%s is %d; 0 to %d are allowed".formatted(what, value, MOST);
    }

    /** The byte of the packet's header that it stands in: the two bits below it are the network's. */
    public int trafficClass() {
        return value << 2;
    }
}
