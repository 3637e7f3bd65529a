package hadirector.group;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.jgroups.blocks.cs.TcpConnection;
import org.jgroups.blocks.cs.TcpServer;
import org.jgroups.stack.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// JGroups' own connections, so that another text of a newer JGroups is noticed.
class ConnectionLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(ClusterTcp.class);
    private final ListAppender<ILoggingEvent> seen = new ListAppender<>();
    private final ConnectionLog log = new ConnectionLog();

    @BeforeEach
    void listen() {
        seen.start();
        logger.addAppender(seen);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(seen);
    }

    @Test
    void aGoodbyeToAnEndThatHasGoneIsNoError() throws Exception {
        var here = InetAddress.getLoopbackAddress();
        try (var other = new ServerSocket(0, 1, here);
                var server = new TcpServer(here, 0)) {
            var there = new IpAddress(here, other.getLocalPort());
            var connection = new TcpConnection(there, (TcpServer) server.log(log));
            connection.connect(there);
            var gone = other.accept();
            gone.setSoLinger(true, 0);
            gone.close();
            connection.close(true);
            assertThat(connection.isClosed()).isTrue();
        }
        assertThat(seen.list).isEmpty();
    }

    @Test
    void whatThisEndHasClosedWhileItReadIsNoWarning() {
        log.warn("%s: failed handling message: %s", "here", "Stream closed");
        assertThat(seen.list).isEmpty();
    }

    @Test
    void otherTroublesAreSeen() {
        log.error("%s: failed sending", "there");
        log.warn("%s: failed handling message: %s", "there", "a length of -1");
        assertThat(seen.list).extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("there: failed sending", "there: failed handling message: a length of -1");
    }
}
