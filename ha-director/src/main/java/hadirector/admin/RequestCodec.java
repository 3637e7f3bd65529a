package hadirector.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hadirector.admin.Request.Connections;
import hadirector.admin.Request.Drain;
import hadirector.admin.Request.Enable;
import hadirector.admin.Request.Failover;
import hadirector.admin.Request.Failovers;
import hadirector.admin.Request.Reload;
import hadirector.admin.Request.Status;
import hadirector.admin.Request.Version;
import hadirector.admin.Request.Where;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Requests as one JSON object on one line: `{"version":1,"command":"failover","group":"web","to":"lb2"}`. `version` may
/// be left out; an unknown key is an error, as a misspelt one would otherwise be ignored in silence.
public final class RequestCodec {
    /// Raised when a request or reply changes so that an older side would misread it.
    public static final int VERSION = 1;

    private static final int LIMIT_DEFAULT = 1000;
    private static final int AWAIT_MAX_MS = 24 * 3600 * 1000;
    private static final Set<String> COMMANDS =
            Set.of("status", "version", "connections", "failover", "failovers", "drain", "enable", "reload", "where");

    private RequestCodec() {}

    public static String encode(Request request) {
        var json = Json.object().put("version", VERSION).put("command", request.command());
        switch (request) {
            case Status _, Version _ -> {}
            case Connections(var service, var realServer, var client, int limit) -> {
                service.ifPresent(text -> json.put("service", text));
                realServer.ifPresent(text -> json.put("realserver", text));
                client.ifPresent(text -> json.put("client", text));
                json.put("limit", limit);
            }
            case Failover(String group, var to, boolean force) -> {
                json.put("group", group);
                if (force) {
                    json.put("force", true);
                }
                to.ifPresent(text -> json.put("to", text));
            }
            case Failovers(var group) -> group.ifPresent(text -> json.put("group", text));
            case Drain(String service, String realServer, var await) -> {
                json.put("service", service).put("realserver", realServer);
                await.ifPresent(duration -> json.put("await-ms", duration.toMillis()));
            }
            case Enable(String service, String realServer) ->
                    json.put("service", service).put("realserver", realServer);
            case Reload(boolean dryRun) -> json.put("dry-run", dryRun);
            case Where(String client, String virtual, String protocol) ->
                    json.put("client", client).put("virtual", virtual).put("protocol", protocol);
        }
        return Json.line(json);
    }

    /// @throws BadRequestException with a sentence for the client
    public static Request decode(String line) throws BadRequestException {
        JsonNode json;
        try {
            json = Json.parse(line);
        } catch (JsonProcessingException e) {
            throw new BadRequestException("not JSON: " + e.getOriginalMessage());
        }
        if (!(json instanceof ObjectNode object)) {
            throw new BadRequestException("a request is a JSON object, such as {\"command\":\"status\"}");
        }
        return new Fields(object).request();
    }

    /// The keys of one request; what is asked for is known, what is left over is an error.
    private record Fields(ObjectNode json, List<String> known) {
        Fields(ObjectNode json) {
            this(json, new ArrayList<>(List.of("version", "command")));
        }

        Request request() throws BadRequestException {
            int version = number("version", VERSION, 1, Integer.MAX_VALUE);
            if (version != VERSION) {
                throw new BadRequestException(
                        "version is " + version + ", this director speaks " + VERSION);
            }
            String command = text("command");
            var request =
                    switch (command) {
                        case "status" -> new Status();
                        case "version" -> new Version();
                        case "connections" ->
                                new Connections(
                                        optional("service"),
                                        optional("realserver"),
                                        optional("client"),
                                        number("limit", LIMIT_DEFAULT, 1, Connections.LIMIT_MAX));
                        case "failover" -> new Failover(text("group"), optional("to"), flag("force"));
                        case "failovers" -> new Failovers(optional("group"));
                        case "drain" ->
                                new Drain(text("service"), text("realserver"), await());
                        case "enable" -> new Enable(text("service"), text("realserver"));
                        case "reload" -> new Reload(flag("dry-run"));
                        case "where" -> new Where(text("client"), text("virtual"), optional("protocol").orElse("tcp"));
                        default ->
                                throw new BadRequestException(
                                        Names.unknown("command", command, COMMANDS));
                    };
            refuseTheRest(command);
            return request;
        }

        private Optional<Duration> await() throws BadRequestException {
            int millis = number("await-ms", 0, 0, AWAIT_MAX_MS);
            return millis == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
        }

        private String text(String key) throws BadRequestException {
            return optional(key).orElseThrow(() -> new BadRequestException(key + " is missing"));
        }

        private Optional<String> optional(String key) throws BadRequestException {
            var node = node(key);
            if (node.isEmpty() || (node.get().isTextual() && !node.get().textValue().isBlank())) {
                return node.map(JsonNode::textValue);
            }
            throw new BadRequestException(key + " is " + node.get() + ", must be text");
        }

        private boolean flag(String key) throws BadRequestException {
            var node = node(key);
            if (node.isPresent() && !node.get().isBoolean()) {
                throw new BadRequestException(key + " is " + node.get() + ", must be true or false");
            }
            return node.map(JsonNode::booleanValue).orElse(false);
        }

        private int number(String key, int otherwise, int min, int max) throws BadRequestException {
            var node = node(key);
            if (node.isEmpty()) {
                return otherwise;
            }
            int value = node.get().canConvertToInt() ? node.get().intValue() : min - 1;
            if (!node.get().isIntegralNumber() || value < min || value > max) {
                throw new BadRequestException(
                        key + " is " + node.get() + ", must be " + min + " to " + max);
            }
            return value;
        }

        private Optional<JsonNode> node(String key) {
            known.add(key);
            return Optional.ofNullable(json.get(key)).filter(node -> !node.isNull());
        }

        private void refuseTheRest(String command) throws BadRequestException {
            for (var key : json.properties()) {
                if (!known.contains(key.getKey())) {
                    throw new BadRequestException(
                            Names.unknown("key", key.getKey(), known) + ", for " + command);
                }
            }
        }
    }
}
