package io.holdfast.replicationagent.machine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Rows of red, green and blue, one byte each. */
record Pixmap(int width, int height, byte[] rgb) {
    static final int CHANNELS = 3;

    private static final int MAX_SIDE = 16_384;

    /** Binary PPM of one byte for each channel (netpbm, "ppm"). Empty = it is none, or is cut. */
    static Optional<Pixmap> parse(byte[] ppm) {
        int[] at = {0};
        if (!"P6".equals(word(ppm, at))) {
            return Optional.empty();
        }
        int width = number(word(ppm, at));
        int height = number(word(ppm, at));
        int most = number(word(ppm, at));
        // One white space stands before the pixels.
        int from = at[0] + 1;
        long wanted = (long) width * height * CHANNELS;
        return width < 1
                        || height < 1
                        || most != 255
                        || wanted > Screenshot.MAX_DISPLAY_BYTES
                        || ppm.length - from < wanted
                ? Optional.empty()
                : Optional.of(new Pixmap(width, height, Arrays.copyOfRange(ppm, from, from + (int) wanted)));
    }

    private static String word(byte[] ppm, int[] at) {
        while (at[0] < ppm.length && ppm[at[0]] <= ' ') {
            at[0]++;
        }
        int from = at[0];
        while (at[0] < ppm.length && ppm[at[0]] > ' ' && at[0] - from < 8) {
            at[0]++;
        }
        return new String(ppm, from, at[0] - from, StandardCharsets.ISO_8859_1);
    }

    private static int number(String word) {
        boolean digits = !word.isEmpty() && word.length() < 6 && word.chars().allMatch(c -> c >= '0' && c <= '9');
        int value = digits ? Integer.parseInt(word) : -1;
        return value <= MAX_SIDE ? value : -1;
    }

    /** Each pixel the mean of four; of an odd row or column at the end nothing is left. */
    Pixmap halved() {
        int halfWidth = Math.max(1, width / 2);
        int halfHeight = Math.max(1, height / 2);
        byte[] half = new byte[halfWidth * halfHeight * CHANNELS];
        for (int y = 0; y < halfHeight; y++) {
            for (int x = 0; x < halfWidth; x++) {
                for (int channel = 0; channel < CHANNELS; channel++) {
                    int sum = at(2 * x, 2 * y, channel)
                            + at(2 * x + 1, 2 * y, channel)
                            + at(2 * x, 2 * y + 1, channel)
                            + at(2 * x + 1, 2 * y + 1, channel);
                    half[(y * halfWidth + x) * CHANNELS + channel] = (byte) (sum / 4);
                }
            }
        }
        return new Pixmap(halfWidth, halfHeight, half);
    }

    private int at(int x, int y, int channel) {
        int column = Math.min(x, width - 1);
        int row = Math.min(y, height - 1);
        return rgb[(row * width + column) * CHANNELS + channel] & 0xff;
    }
}
