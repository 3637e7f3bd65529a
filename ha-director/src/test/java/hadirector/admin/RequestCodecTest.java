package hadirector.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RequestCodecTest {
    static Stream<Request> requests() {
        return Stream.of(
                new Request.Status(),
                new Request.Version(),
                new Request.Connections(Optional.of("shop"), Optional.empty(), Optional.of("192.0.2.7"), 5),
                new Request.Failovers(Optional.empty()),
                new Request.Failovers(Optional.of("web")),
                new Request.Failover("web", Optional.empty(), false),
                new Request.Failover("web", Optional.of("lb2"), false),
                new Request.Failover("web", Optional.empty(), true),
                new Request.Drain("shop", "10.1.0.11", Optional.of(Duration.ofSeconds(30))),
                new Request.Drain("shop", "10.1.0.11", Optional.empty()),
                new Request.Enable("shop", "10.1.0.11:80"),
                new Request.Where("192.0.2.7:4000", "192.0.2.10:80", "udp"),
                new Request.Reload(true));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void decodesWhatItEncoded(Request request) throws BadRequestException {
        assertThat(RequestCodec.decode(RequestCodec.encode(request))).isEqualTo(request);
    }

    /// As published in director(8); scripts write these.
    @Test
    void keepsItsPublishedForm() {
        assertThat(RequestCodec.encode(new Request.Failover("web", Optional.of("lb2"), false)))
                .isEqualTo("{\"version\":1,\"command\":\"failover\",\"group\":\"web\",\"to\":\"lb2\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1]                                        | a request is a JSON object",
                "{\"command\":\"status\"} x                 | not JSON",
                "{\"command\":\"status\",\"command\":\"reload\"} | not JSON: Duplicate",
                "{}                                         | command is missing",
                "{\"command\":7}                            | command is 7, must be text",
                "{\"command\":\"stauts\"}                   | unknown command 'stauts'; did you mean 'status'?",
                "{\"command\":\"status\",\"version\":2}     | version is 2, this director speaks 1",
                "{\"command\":\"failover\"}                 | group is missing",
                "{\"command\":\"failover\",\"group\":\" \"} | group is \" \", must be text",
                "{\"command\":\"failover\",\"group\":\"web\",\"too\":\"b\"} | unknown key 'too'; did you mean 'to'?",
                "{\"command\":\"connections\",\"limit\":0}  | limit is 0, must be 1 to 100000",
                "{\"command\":\"connections\",\"limit\":1.5}| limit is 1.5, must be 1 to 100000",
                "{\"command\":\"connections\",\"limit\":99999999999} | limit is 99999999999, must be",
                "{\"command\":\"reload\",\"dry-run\":\"yes\"} | dry-run is \"yes\", must be true or false",
            })
    void refusesWithASentence(String line, String sentence) {
        assertThatThrownBy(() -> RequestCodec.decode(line))
                .isInstanceOf(BadRequestException.class)
                .hasMessageStartingWith(sentence);
    }
}
