package hadirector.main;

import hadirector.cli.DirectorCommand;

/// The program `director`.
public final class Main {
    private Main() {}

    public static void main(String[] words) {
        System.exit(
                DirectorCommand.execute(
                        (_, _, _) -> {
                            throw new UnsupportedOperationException("run is not wired yet");
                        },
                        words));
    }
}
