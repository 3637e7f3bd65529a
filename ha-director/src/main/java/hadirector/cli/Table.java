package hadirector.cli;

import hadirector.cli.Paint.Colour;
import java.util.ArrayList;
import java.util.List;

/// Columns as wide as their widest cell, two blanks apart; a heading that starts with `>` is of a column of numbers,
/// flush right. Lines carry no trailing blanks.
final class Table {
    record Cell(String text, Colour colour) {}

    private final List<String> headings = new ArrayList<>();
    private final List<Boolean> flushRight = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    Table(String... headings) {
        for (String heading : headings) {
            flushRight.add(heading.startsWith(">"));
            this.headings.add(heading.startsWith(">") ? heading.substring(1) : heading);
        }
    }

    static Cell cell(String text, Colour colour) {
        return new Cell(text, colour);
    }

    /// @param cells [Cell]s, or anything else for plain text
    Table row(Object... cells) {
        var row = new ArrayList<Cell>();
        for (Object cell : cells) {
            row.add(cell instanceof Cell c ? c : new Cell(String.valueOf(cell), Colour.PLAIN));
        }
        rows.add(row);
        return this;
    }

    String text(String indent, Paint paint) {
        var text = new StringBuilder();
        int[] widths = widths();
        line(text, indent, headings.stream().map(h -> new Cell(h, Colour.FAINT)).toList(), widths, paint);
        rows.forEach(row -> line(text, indent, row, widths, paint));
        return text.toString();
    }

    private int[] widths() {
        int[] widths = new int[headings.size()];
        for (int column = 0; column < widths.length; column++) {
            int at = column;
            widths[column] =
                    rows.stream()
                            .mapToInt(row -> row.get(at).text().length())
                            .reduce(headings.get(column).length(), Math::max);
        }
        return widths;
    }

    private void line(StringBuilder text, String indent, List<Cell> cells, int[] widths, Paint paint) {
        var line = new StringBuilder(indent);
        int end = indent.length();
        for (int column = 0; column < cells.size(); column++) {
            var cell = cells.get(column);
            String blanks = " ".repeat(widths[column] - cell.text().length());
            line.append(flushRight.get(column) ? blanks : "");
            line.append(paint.text(cell.text(), cell.colour()));
            end = cell.text().isEmpty() ? end : line.length();
            line.append(flushRight.get(column) ? "  " : blanks + "  ");
        }
        text.append(line, 0, end).append('\n');
    }
}
