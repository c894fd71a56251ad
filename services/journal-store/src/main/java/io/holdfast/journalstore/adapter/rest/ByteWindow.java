package io.holdfast.journalstore.adapter.rest;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of something that a Range header asks for (RFC 9110, section 14). A header that is not one range of bytes counts as none, as the RFC allows.
 *
 * @param isPart whether a range was asked for
 */
record ByteWindow(long from, long length, boolean isPart) {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** @param range null = none */
    static ByteWindow of(String range, long size) {
        Matcher asked = RANGE.matcher(range == null ? "" : range.strip());
        if (!asked.matches() || asked.group(1).isEmpty() && asked.group(2).isEmpty()) {
            return new ByteWindow(0, size, false);
        }
        if (asked.group(1).isEmpty()) {
            long last = Math.min(size, Long.parseLong(asked.group(2)));
            return new ByteWindow(size - last, last, true);
        }
        long from = Long.parseLong(asked.group(1));
        long to = asked.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(asked.group(2)));
        if (!asked.group(2).isEmpty() && Long.parseLong(asked.group(2)) < from) {
            return new ByteWindow(0, size, false);
        }
        return new ByteWindow(from, Math.max(0, to - from + 1), true);
    }

    /** Whether nothing of what was asked for is there. */
    boolean isBeyond() {
        return isPart && length == 0;
    }

    String header(long size) {
        return "bytes %d-%d/%d".formatted(from, from + length - 1, size);
    }
}
