package io.holdfast.kernel;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Locale;
import java.util.regex.Pattern;

/** A number of bytes, written with a unit: {@code 64MiB}, {@code 1GiB}, {@code 4096B}. Zero is allowed. */
public record DataSize(long bytes) implements Comparable<DataSize> {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB|TiB)");
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is 0 or more bytes, not " + bytes);
        }
    }

    public static DataSize ofMiB(long mebibytes) {
        return new DataSize(Math.multiplyExact(mebibytes, 1L << 20));
    }

    /**
     * Reads a whole number with a binary unit.
     *
     * @throws HoldfastException {@code INVALID_CONFIGURATION} when the unit is missing or unknown, or the size does not
     *     fit 63 bits
     */
    public static DataSize parse(String text) {
        var match = TEXT.matcher(text == null ? "" : text.strip());
        if (match.matches()) {
            int shift = 0;
            for (int i = 0; i < UNITS.length; i++) {
                if (UNITS[i].equals(match.group(2))) {
                    shift = 10 * i;
                }
            }
            long number = Long.parseLong(match.group(1));
            if (number <= Long.MAX_VALUE >> shift) {
                return new DataSize(number << shift);
            }
        }
        throw new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "'%s' is not a size; write a whole number and a unit, such as 4096B, 64MiB or 1GiB".formatted(text));
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** The shortest exact form that {@link #parse} reads back. */
    @Override
    public String toString() {
        int unit = 0;
        long number = bytes;
        while (unit < UNITS.length - 1 && number != 0 && number % 1024 == 0) {
            number /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%d%s", number, UNITS[unit]);
    }
}
