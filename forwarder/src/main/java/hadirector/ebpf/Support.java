package hadirector.ebpf;

/// Whether this machine can do something: yes, no with what would mend it, or unknown because asking failed.
public sealed interface Support {
    record Available() implements Support {}

    /// @param why what is missing
    /// @param remedy a sentence that says what to do about it
    record Missing(String why, String remedy) implements Support {}

    /// @param why the question could not be answered
    record Unknown(String why) implements Support {}
}
