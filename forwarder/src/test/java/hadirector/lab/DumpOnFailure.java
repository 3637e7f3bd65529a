package hadirector.lab;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Prints what the labs looked like at the moment of failure, before they are torn down.
final class DumpOnFailure implements AfterTestExecutionCallback {
    @Override
    public void afterTestExecution(ExtensionContext test) {
        if (test.getExecutionException().isPresent()) {
            System.out.println("FAILED " + test.getDisplayName());
            NetLab.dumpAll(System.out);
        }
    }
}
