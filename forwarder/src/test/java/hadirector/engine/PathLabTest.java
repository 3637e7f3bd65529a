package hadirector.engine;

import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;

/// [PathTests] with the kernel forwarding what it can.
@Lab
@NeedsCommand("curl")
@NeedsCommand("nginx")
@NeedsCommand("tcpdump")
class PathLabTest extends PathTests {
    PathLabTest() {
        super(true);
    }
}
