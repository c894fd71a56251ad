package io.holdfast.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns for people: as wide as what stands in them, the last one ragged. Control characters of names are shown as dots. */
public final class Table {
    private static final String GAP = "  ";

    private final List<String[]> rows = new ArrayList<>();
    private final int columns;

    public Table(String... titles) {
        columns = titles.length;
        rows.add(titles);
    }

    public Table row(Object... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException("%d cells for %d columns".formatted(cells.length, columns));
        }
        rows.add(Arrays.stream(cells).map(Table::printable).toArray(String[]::new));
        return this;
    }

    private static String printable(Object cell) {
        String text = cell == null || cell.toString().isEmpty() ? "-" : cell.toString();
        return text.replaceAll("\\p{Cntrl}", ".");
    }

    public void print(PrintWriter out) {
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int column = 0; column < columns; column++) {
                widths[column] = Math.max(widths[column], row[column].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                line.append(row[column]);
                if (column < columns - 1) {
                    line.repeat(' ', widths[column] - row[column].length()).append(GAP);
                }
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
