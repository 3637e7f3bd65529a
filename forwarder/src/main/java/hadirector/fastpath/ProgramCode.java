package hadirector.fastpath;

/// Writes the program for one of the hooks.
///
/// ```
///   begin --> Entry4, Entry6: tuple --> Find -- found --> Flow: lease, plain?, fits? --> Counts --> Rewrite --> redirect
///         |                               |missed          \-> java
///         \-> ARP -------------------> Claims --> java (punt), copy, next
/// ```
final class ProgramCode {
    private ProgramCode() {}

    static byte[] assemble(Code code) {
        var hook = code.hook;
        hook.begin(code);
        new Entry4(code).emit();
        new Flow(code, Family.V4).emit();
        new Entry6(code).emit();
        new Flow(code, Family.V6).emit();
        hook.end(code);
        return code.a.assemble();
    }
}
