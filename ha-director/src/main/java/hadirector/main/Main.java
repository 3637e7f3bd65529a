package hadirector.main;

import hadirector.cli.DirectorCommand;

/// The program `director`.
public final class Main {
    private Main() {}

    public static void main(String[] words) {
        System.exit(
                DirectorCommand.execute(
                        (config, name, socket) -> new DirectorProcess().run(config, name, socket), words));
    }
}
