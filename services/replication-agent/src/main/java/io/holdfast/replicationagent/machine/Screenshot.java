package io.holdfast.replicationagent.machine;

import java.util.Optional;

/** A picture of a guest's display, as PNG. @param png at most {@link #MAX_BYTES} */
public record Screenshot(byte[] png) {
    /** As machine.proto bounds it. */
    public static final int MAX_BYTES = 128 << 10;

    /** Of what a hypervisor gives: what a display of 16 MiB of memory can hold, and then some. */
    public static final int MAX_DISPLAY_BYTES = 32 << 20;

    public Screenshot {
        if (png.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a picture has at most %d bytes, not %d".formatted(MAX_BYTES, png.length));
        }
    }

    /** What a hypervisor gives, in whichever of its two formats. Empty = neither, or a PNG that is too large. */
    public static Optional<Screenshot> of(byte[] picture) {
        if (Png.is(picture)) {
            return picture.length <= MAX_BYTES ? Optional.of(new Screenshot(picture)) : Optional.empty();
        }
        return Pixmap.parse(picture).map(Screenshot::fitting);
    }

    /** Made smaller until it fits: a text console fits as it is, a photograph does not. */
    private static Screenshot fitting(Pixmap picture) {
        Pixmap smaller = picture;
        byte[] png = Png.of(smaller);
        while (png.length > MAX_BYTES) {
            smaller = smaller.halved();
            png = Png.of(smaller);
        }
        return new Screenshot(png);
    }
}
