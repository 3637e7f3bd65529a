package hadirector.cli;

/// Colour on a terminal that wants it: standard input and output are one, NO_COLOR (no-color.org) is not set, TERM is not
/// `dumb`.
record Paint(boolean on) {
    /// SGR parameters of ECMA-48.
    enum Colour {
        PLAIN(""),
        GOOD("32"),
        WARN("33"),
        BAD("1;31"),
        STRONG("1"),
        FAINT("2");

        private final String sgr;

        Colour(String sgr) {
            this.sgr = sgr;
        }
    }

    static Paint ofTerminal() {
        String noColor = System.getenv("NO_COLOR");
        return new Paint(
                isTerminal()
                        && (noColor == null || noColor.isEmpty())
                        && !"dumb".equals(System.getenv("TERM")));
    }

    @SuppressWarnings("SystemConsoleNull") // It is null in JDK 25 when standard input or output is no terminal.
    static boolean isTerminal() {
        var console = System.console();
        return console != null && console.isTerminal();
    }

    String text(String text, Colour colour) {
        return on && colour != Colour.PLAIN ? "\033[" + colour.sgr + "m" + text + "\033[0m" : text;
    }
}
