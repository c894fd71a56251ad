package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.Crc32c;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The format of the small state files: a first line with version, rows of tab-separated fields, and a last line with the checksum of everything before
 * it. People can read it; a cut or changed file is recognised.
 *
 * <pre>
 *  holdfast-agent-state 1
 *  field TAB field …
 *  crc32c 1a2b3c4d
 * </pre>
 */
final class StateText {
    private static final String FIRST = "holdfast-agent-state 1";
    private static final String LAST = "crc32c ";
    /** No state file of ours comes near; a larger one is not ours. */
    private static final int MAX_BYTES = 64 << 20;

    private StateText() {}

    static byte[] write(List<List<String>> rows) {
        StringBuilder text = new StringBuilder(FIRST).append('\n');
        for (List<String> row : rows) {
            text.append(String.join("\t", row.stream().map(StateText::escape).toList()))
                    .append('\n');
        }
        int crc = Crc32c.of(text.toString().getBytes(StandardCharsets.UTF_8));
        return text.append(LAST)
                .append(String.format("%08x", crc))
                .append('\n')
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The rows; empty when the bytes are not a whole, unchanged file of this version. */
    static Optional<List<List<String>>> read(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            return Optional.empty();
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf(LAST);
        if (!text.startsWith(FIRST + "\n") || end < 0) {
            return Optional.empty();
        }
        String body = text.substring(0, end);
        String expected = LAST + String.format("%08x", Crc32c.of(body.getBytes(StandardCharsets.UTF_8))) + "\n";
        if (!text.substring(end).equals(expected)) {
            return Optional.empty();
        }
        List<List<String>> rows = new ArrayList<>();
        body.lines().skip(1).forEach(line -> {
            List<String> fields = new ArrayList<>();
            for (String field : line.split("\t", -1)) {
                fields.add(unescape(field));
            }
            rows.add(fields);
        });
        return Optional.of(rows);
    }

    private static String escape(String field) {
        return field.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }

    private static String unescape(String field) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c != '\\' || i + 1 == field.length()) {
                plain.append(c);
                continue;
            }
            char next = field.charAt(++i);
            plain.append(
                    switch (next) {
                        case 't' -> '\t';
                        case 'n' -> '\n';
                        case 'r' -> '\r';
                        default -> next;
                    });
        }
        return plain.toString();
    }
}
