package hadirector.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test class that uses [NetLab]: tagged `lab`, skipped without root, and each open lab is dumped when a test fails.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@NeedsRoot
@NeedsCommand(value = "ip", debianPackage = "iproute2")
@ExtendWith(DumpOnFailure.class)
public @interface Lab {}
