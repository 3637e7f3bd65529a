package hadirector.main;

import hadirector.cli.DirectorCommand;

/// The program `director`.
public final class Main {
    private Main() {}

    public static void main(String[] words) {
        System.exit(
                DirectorCommand.execute(
                        (config, name, socket, witness) -> new DirectorProcess().run(config, name, socket, witness), words));
    }
}
