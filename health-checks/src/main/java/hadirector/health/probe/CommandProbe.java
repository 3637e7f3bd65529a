package hadirector.health.probe;

import hadirector.health.ProbeKey.Asker;
import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// `command`: a program of the operator's says whether the server is well.
record CommandProbe(Programs programs, Endpoint server, Check.Command check, Asker asker) implements Probe {
    /// Exit statuses of POSIX shells (and `env`, `nice`, `timeout`) for "found, but cannot run" and
    /// "not found".
    private static final int CANNOT_RUN = 126;

    private static final int NOT_FOUND = 127;

    @Override
    public CompletableFuture<ProbeResult> run() {
        return programs.run(new Programs.Call(
                check.argv(), environment(), check.schedule().timeout(), CommandProbe::judge));
    }

    private Map<String, String> environment() {
        var environment = new HashMap<>(check.environment());
        environment.put("DIRECTOR_SERVICE", asker.service());
        environment.put("DIRECTOR_VIP", asker.vip().address().toString());
        environment.put("DIRECTOR_VPORT", String.valueOf(asker.vip().port()));
        environment.put("DIRECTOR_RIP", server.address().toString());
        environment.put("DIRECTOR_RPORT", String.valueOf(server.port()));
        return environment;
    }

    private static ProbeResult judge(int status, String output, Duration took) {
        String text = "exit " + status + output.lines().findFirst().map(line -> ": " + line).orElse("");
        return switch (status) {
            case 0 -> new Passed(took);
            case CANNOT_RUN, NOT_FOUND -> new NotRun(text);
            default -> new Refused(text);
        };
    }
}
