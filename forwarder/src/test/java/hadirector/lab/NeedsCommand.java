package hadirector.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// Skips the test, naming the Debian package, unless this command is on the PATH.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(NeedsCommand.All.class)
@ExtendWith(Requirements.class)
public @interface NeedsCommand {
    String value();

    /// Where Debian has it, if not in a package of the command's name.
    String debianPackage() default "";

    /// Holds several.
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(Requirements.class)
    @interface All {
        NeedsCommand[] value();
    }
}
