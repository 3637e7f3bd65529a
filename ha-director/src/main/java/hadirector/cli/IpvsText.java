package hadirector.cli;

import hadirector.admin.Reply.Connection;
import hadirector.admin.StatusReport;
import hadirector.admin.StatusReport.Server;
import hadirector.admin.StatusReport.Service;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Lists in the columns of ipvsadm 1.31 (its format strings), so that what reads those reads these.
final class IpvsText {
    private IpvsText() {}

    /// `ipvsadm -L -n`.
    static String services(StatusReport report, List<Service> services) {
        var text = banner(report);
        text.append("Prot LocalAddress:Port Scheduler Flags\n");
        text.append("  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n");
        for (var service : services) {
            text.append(String.format(Locale.ROOT, "%-4s %s %s%n", protocol(service), service.vip(), service.scheduler()));
            for (var server : service.servers()) {
                text.append(
                        String.format(Locale.ROOT, 
                                "  -> %-28s %-7s %-6d %-10d %-10d%n",
                                server.endpoint(),
                                server.local() ? "Local" : forward(server.method()),
                                server.weight(),
                                server.active(),
                                server.inactive()));
            }
        }
        return text.toString();
    }

    /// `ipvsadm -L -n --stats`; a service's line is the sum of its realservers'.
    static String stats(StatusReport report, List<Service> services) {
        return numbers(
                report,
                services,
                "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n",
                server -> {
                    var t = server.totals();
                    return new long[] {
                        t.connections(), t.packetsIn(), t.packetsOut(), t.bytesIn(), t.bytesOut()
                    };
                });
    }

    /// `ipvsadm -L -n --rate`.
    static String rates(StatusReport report, List<Service> services) {
        return numbers(
                report,
                services,
                "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n",
                server -> {
                    var r = server.rates();
                    return new long[] {
                        Math.round(r.connections()),
                        Math.round(r.packetsIn()),
                        Math.round(r.packetsOut()),
                        Math.round(r.bytesIn()),
                        Math.round(r.bytesOut())
                    };
                });
    }

    /// `ipvsadm -L -n -c`.
    static String connections(List<Connection> connections) {
        var text = new StringBuilder("IPVS connection entries\n");
        text.append("pro expire state       source             virtual            destination\n");
        for (var c : connections) {
            text.append(
                    String.format(Locale.ROOT, 
                            "%-3s %-6s %-11s %-18s %-18s %s%n",
                            c.protocol(),
                            String.format(Locale.ROOT, "%02d:%02d", c.expires() / 60, c.expires() % 60),
                            c.state(),
                            c.client(),
                            c.virtual(),
                            c.real()));
        }
        return text.toString();
    }

    private static String numbers(
            StatusReport report, List<Service> services, String title, Function<Server, long[]> columns) {
        var text = banner(report).append(title).append("  -> RemoteAddress:Port\n");
        for (var service : services) {
            long[] sum = new long[5];
            for (var server : service.servers()) {
                long[] of = columns.apply(server);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += of[i];
                }
            }
            text.append(String.format(Locale.ROOT, "%-4s %-28s", protocol(service), service.vip())).append(row(sum));
            for (var server : service.servers()) {
                text.append(String.format(Locale.ROOT, "  -> %-28s", server.endpoint())).append(row(columns.apply(server)));
            }
        }
        return text.toString();
    }

    private static String row(long[] numbers) {
        var text = new StringBuilder();
        for (long number : numbers) {
            text.append(number(number));
        }
        return text.append('\n').toString();
    }

    /// ipvsadm's print_largenum: up to 8 digits as they are, then in K, M, G, T.
    private static String number(long value) {
        if (value < 100_000_000L) {
            return String.format(Locale.ROOT, "%9d", value);
        }
        if (value < 1_000_000_000L) {
            return String.format(Locale.ROOT, "%8dK", value / 1_000);
        }
        if (value < 100_000_000_000L) {
            return String.format(Locale.ROOT, "%8dM", value / 1_000_000);
        }
        return value < 100_000_000_000_000L
                ? String.format(Locale.ROOT, "%8dG", value / 1_000_000_000L)
                : String.format(Locale.ROOT, "%8dT", value / 1_000_000_000_000L);
    }

    /// ipvsadm's first line has this form, with its own name and version.
    private static StringBuilder banner(StatusReport report) {
        return new StringBuilder("HA Director version ")
                .append(report.build().version())
                .append(" (size=")
                .append(report.engine().connectionsMax())
                .append(")\n");
    }

    private static String protocol(Service service) {
        return service.protocol().toUpperCase(Locale.ROOT);
    }

    private static String forward(String method) {
        return switch (method) {
            case "nat" -> "Masq";
            case "dr" -> "Route";
            case "tun" -> "Tunnel";
            default -> "Proxy";
        };
    }
}
