package hadirector.fastpath;

import java.util.List;

/// What dead processes of this director had left in the kernel.
///
/// @param connections that the heir took
/// @param damaged that could not be
/// @param refused what was not looked at, and why
public record Inheritance(int connections, int damaged, List<String> refused) {
    /// Nothing was left.
    public static final Inheritance NONE = new Inheritance(0, 0, List.of());

    public Inheritance {
        refused = List.copyOf(refused);
    }
}
