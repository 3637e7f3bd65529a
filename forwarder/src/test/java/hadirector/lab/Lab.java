package hadirector.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test class that uses [NetLab]: tagged `lab`, skipped without root, ended after two minutes unless it
/// has a timeout of its own, and each open lab is dumped when a test fails.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@NeedsRoot
@NeedsCommand(value = "ip", debianPackage = "iproute2")
@ExtendWith(DumpOnFailure.class)
public @interface Lab {}
