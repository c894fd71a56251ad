package io.holdfast.recoveryplan.adapter.hook;

import java.nio.charset.StandardCharsets;

/** The end of what a hook wrote, however much that was. Written by one thread, read by another. */
final class Output {
    private final byte[] ring = new byte[HookLimits.OUTPUT_BYTES];
    private long written;

    synchronized void add(byte[] bytes, int from, int length) {
        for (int index = Math.max(0, length - ring.length); index < length; index++) {
            ring[(int) ((written + index) % ring.length)] = bytes[from + index];
        }
        written += length;
    }

    /** As lines of text: no other control characters reach a person's terminal, nor a NUL the database. */
    synchronized String text() {
        int kept = (int) Math.min(written, ring.length);
        byte[] end = new byte[kept];
        for (int index = 0; index < kept; index++) {
            end[index] = ring[(int) ((written - kept + index) % ring.length)];
        }
        String text = new String(end, StandardCharsets.UTF_8)
                .replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "")
                .strip();
        return written > kept ? "…" + text : text;
    }
}
