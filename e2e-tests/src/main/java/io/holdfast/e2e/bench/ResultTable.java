package io.holdfast.e2e.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The rows as text, in Markdown that is also readable as it stands. */
final class ResultTable {
    private static final List<String> HEAD = List.of("What", "Holdfast", "Peer", "Ratio", "Budget", "Verdict");

    private ResultTable() {}

    static String of(List<Row> rows) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEAD);
        rows.forEach(row -> lines.add(cells(row)));
        int[] widths = new int[HEAD.size()];
        lines.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            append(text, lines.get(i), widths);
            if (i == 0) {
                for (int width : widths) {
                    text.append('|').append("-".repeat(width + 2));
                }
                text.append("|\n");
            }
        }
        return text.toString();
    }

    private static List<String> cells(Row row) {
        if (row.failure().isPresent()) {
            return List.of(row.what(), "-", "-", "-", "-", "NOT MEASURED");
        }
        return List.of(
                row.what(),
                Row.number(row.value()) + " " + row.unit(),
                row.peer().isPresent() ? Row.number(row.peer().getAsDouble()) + " " + row.unit() : "",
                row.ratio().isPresent()
                        ? String.format(Locale.ROOT, "%.2f", row.ratio().getAsDouble())
                        : "",
                row.budget().text(row.unit()),
                switch (row.verdict()) {
                    case MET -> "met";
                    case MISSED -> "MISSED";
                    case REPORTED -> "reported";
                    case NOT_MEASURED -> "NOT MEASURED";
                });
    }

    private static void append(StringBuilder text, List<String> line, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            String cell = line.get(i);
            String space = " ".repeat(widths[i] - cell.length());
            // Words to the left, numbers to the right.
            boolean words = i == 0 || i >= 4;
            text.append("| ").append(words ? cell + space : space + cell).append(' ');
        }
        text.append("|\n");
    }
}
