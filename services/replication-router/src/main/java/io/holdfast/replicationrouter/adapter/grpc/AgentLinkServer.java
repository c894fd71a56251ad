package io.holdfast.replicationrouter.adapter.grpc;

import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.holdfast.changestream.Batches;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationrouter.runtime.Router;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The port that agents connect to. Only a client with a certificate of the site's CA gets as far as a call. */
public final class AgentLinkServer implements AutoCloseable {
    /** The largest batch and room for the frame around it. */
    private static final int MAX_FRAME_BYTES = Batches.MAX_SEALED_BYTES + (64 << 10);
    /** An agent has one session; a second call may be the one that replaces it. */
    private static final int MAX_CALLS_PER_CONNECTION = 4;

    private final Server server;
    private final ExecutorService handlers;

    private AgentLinkServer(Server server, ExecutorService handlers) {
        this.server = server;
        this.handlers = handlers;
    }

    /** PEM files: the router's certificate chain, its key (PKCS#8), and the CA certificates that agents are verified with. */
    public record TlsFiles(Path certificate, Path key, Path trust) {}

    /**
     * Opens the port.
     *
     * @param listenPort 0 = any free port
     * @param windowBytes what one connection may have sent without the router having asked for it
     * @param unidentified counts connections whose certificate names no agent
     * @throws HoldfastException {@code INVALID_CONFIGURATION} when a TLS file cannot be used or the port is taken
     */
    public static AgentLinkServer start(
            int listenPort, TlsFiles tls, int windowBytes, Router router, Executor loop, Runnable unidentified) {
        ExecutorService handlers = Executors.newFixedThreadPool(
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                Thread.ofPlatform().name("agent-link-", 0).daemon(true).factory());
        try {
            Server server = NettyServerBuilder.forAddress(new InetSocketAddress(listenPort))
                    .sslContext(sslContext(tls))
                    .executor(handlers)
                    .maxInboundMessageSize(MAX_FRAME_BYTES)
                    .flowControlWindow(windowBytes)
                    .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                    .keepAliveTime(20, TimeUnit.SECONDS)
                    .keepAliveTimeout(10, TimeUnit.SECONDS)
                    .permitKeepAliveTime(1, TimeUnit.SECONDS)
                    .permitKeepAliveWithoutCalls(true)
                    .handshakeTimeout(10, TimeUnit.SECONDS)
                    .addStreamTracerFactory(Arrival.factory())
                    .intercept(new PeerIdentity(unidentified))
                    .addService(new AgentLinkEndpoint(router, loop))
                    .build()
                    .start();
            return new AgentLinkServer(server, handlers);
        } catch (IOException taken) {
            handlers.shutdownNow();
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "port %d for agents cannot be opened: %s (holdfast.router.listen-port)"
                            .formatted(listenPort, taken.getMessage()),
                    taken);
        } catch (HoldfastException unusable) {
            handlers.shutdownNow();
            throw unusable;
        }
    }

    private static SslContext sslContext(TlsFiles tls) throws IOException {
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(
                            file("holdfast.tls.certificate", tls.certificate()), file("holdfast.tls.key", tls.key()))
                    .trustManager(file("holdfast.tls.trust", tls.trust()))
                    .clientAuth(ClientAuth.REQUIRE)
                    .protocols("TLSv1.3", "TLSv1.2");
            return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
        } catch (IllegalArgumentException | IOException unusable) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "the TLS files cannot be used: %s; PEM is needed, the key in PKCS#8"
                            .formatted(unusable.getMessage()),
                    unusable);
        }
    }

    private static File file(String setting, Path path) {
        File file = path.toFile();
        if (!file.canRead()) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION, "%s: %s cannot be read".formatted(setting, path));
        }
        return file;
    }

    public int port() {
        return server.getPort();
    }

    /** Lets answers go out for a moment, then closes every connection. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(1, TimeUnit.SECONDS)) {
                server.shutdownNow();
                server.awaitTermination(2, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            server.shutdownNow();
        }
        handlers.shutdownNow();
    }
}
