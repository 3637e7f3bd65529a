package hadirector.health.probe;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;

/// TLS as a probe speaks it: any certificate is taken, as it asks for health, not identity.
final class TlsClient {
    private final SslContext context;

    TlsClient() {
        try {
            context = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    /// @param host the Host header, whose name goes into SNI unless it is an address (RFC 6066 3)
    SslHandler handler(ByteBufAllocator allocator, Endpoint server, Optional<String> host) {
        var handler =
                context.newHandler(allocator, server.toSocketAddress().getAddress().getHostAddress(), server.port());
        handler.setHandshakeTimeoutMillis(0);
        host.flatMap(TlsClient::serverName).ifPresent(name -> {
            var parameters = handler.engine().getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            handler.engine().setSSLParameters(parameters);
        });
        return handler;
    }

    private static Optional<String> serverName(String host) {
        if (host.startsWith("[") || Endpoint.parse(host).isPresent() || IpAddress.parse(host).isPresent()) {
            return Optional.empty();
        }
        int colon = host.indexOf(':');
        return Optional.of(colon < 0 ? host : host.substring(0, colon));
    }
}
