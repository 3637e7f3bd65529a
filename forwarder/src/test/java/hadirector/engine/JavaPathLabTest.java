package hadirector.engine;

import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;

/// [PathTests] with every packet through Java.
@Lab
@NeedsCommand("curl")
@NeedsCommand("nginx")
@NeedsCommand("tcpdump")
class JavaPathLabTest extends PathTests {
    JavaPathLabTest() {
        super(false);
    }
}
