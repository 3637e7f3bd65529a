package hadirector.lab;

import hadirector.linux.Capability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/// Decides [NeedsRoot] and [NeedsCommand]; each skip is one line of output, `SKIPPED test: needs ...`.
final class Requirements implements ExecutionCondition {
    private static final Set<Capability> ROOT =
            EnumSet.of(
                    Capability.CAP_NET_ADMIN, Capability.CAP_NET_RAW, Capability.CAP_SYS_ADMIN, Capability.CAP_BPF);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext test) {
        var missing = new ArrayList<String>();
        test.getElement().ifPresent(element -> {
            if (AnnotationSupport.isAnnotated(element, NeedsRoot.class) && !Capability.effective().containsAll(ROOT)) {
                missing.add("root (" + String.join(", ", ROOT.stream().map(Enum::name).toList()) + ")");
            }
            AnnotationSupport.findRepeatableAnnotations(element, NeedsCommand.class).stream()
                    .filter(command -> !isOnPath(command.value()))
                    .map(Requirements::text)
                    .forEach(missing::add);
        });
        return missing.isEmpty() ? ConditionEvaluationResult.enabled("all there") : skipped(test, missing);
    }

    private static ConditionEvaluationResult skipped(ExtensionContext test, List<String> missing) {
        String line =
                "SKIPPED %s%s: needs %s"
                        .formatted(
                                test.getRequiredTestClass().getSimpleName(),
                                test.getTestMethod().map(method -> "." + method.getName()).orElse(""),
                                String.join("; ", missing));
        System.out.println(line);
        return ConditionEvaluationResult.disabled(line);
    }

    private static String text(NeedsCommand command) {
        String name = command.debianPackage().isEmpty() ? command.value() : command.debianPackage();
        return "`%s` (Debian package %s)".formatted(command.value(), name);
    }

    private static boolean isOnPath(String command) {
        var path = System.getenv().getOrDefault("PATH", "").split(":", -1);
        return Stream.concat(Arrays.stream(path), Stream.of("/usr/sbin", "/sbin"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
