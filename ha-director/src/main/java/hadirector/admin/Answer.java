package hadirector.admin;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/// What came of an operator's command. Each outcome has its exit code, see `hadirector.cli.ExitCode`.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "outcome")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Answer.Done.class, name = "done"),
    @JsonSubTypes.Type(value = Answer.Refused.class, name = "refused"),
    @JsonSubTypes.Type(value = Answer.Invalid.class, name = "invalid"),
    @JsonSubTypes.Type(value = Answer.Failed.class, name = "failed")
})
public sealed interface Answer {
    /// It has happened.
    ///
    /// @param what one sentence without a full stop: `web is held by lb2`
    /// @param millis how long it took
    /// @param details a line each, for example the changes of a reload
    record Done(String what, long millis, List<String> details) implements Answer {
        public Done {
            details = List.copyOf(details);
        }

        public Done(String what, long millis) {
            this(what, millis, List.of());
        }
    }

    /// The director understood and will not do it: `lb2 is not fit: snapshot not complete`.
    record Refused(String why) implements Answer {}

    /// The command names what does not exist, or the config file is wrong; a line each.
    record Invalid(List<String> problems) implements Answer {
        public Invalid {
            problems = List.copyOf(problems);
        }

        public Invalid(String problem) {
            this(List.of(problem));
        }
    }

    /// It was tried and did not work.
    record Failed(String why) implements Answer {}
}
