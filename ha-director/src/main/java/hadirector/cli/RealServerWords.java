package hadirector.cli;

import picocli.CommandLine.Parameters;

/// The words that name a realserver of a service.
final class RealServerWords {
    @Parameters(index = "0", paramLabel = "SERVICE", description = "The service.")
    String service = "";

    @Parameters(
            index = "1",
            paramLabel = "REALSERVER",
            description = "address:port, or the address where the service has it once.")
    String realServer = "";
}
