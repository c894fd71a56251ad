package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.pairing.CertifiedSite;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.SiteCertificate;
import io.holdfast.inventory.pairing.SiteCertificate.Use;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jboss.logging.Logger;

/**
 * The pairing port: TLS 1.3 with certificates on both ends and nothing else. It stands in front of strangers, so everything has a bound: requests at a time (few for those who are no
 * peers, so that they cannot keep peers out), size, and time.
 */
public final class PeerServer implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(PeerServer.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration BODY_LIMIT = Duration.ofSeconds(10);
    private static final int IDLE_SECONDS = 15;
    private static final int STRANGERS = 4;
    private static final int PEERS = 4;

    private final Vertx vertx;
    private final PeerEndpoint endpoint;
    private final HttpServer server;
    private final Semaphore strangers = new Semaphore(STRANGERS);
    private final Semaphore peers = new Semaphore(PEERS);

    /** @param port 0 = any free one */
    public PeerServer(Vertx vertx, SiteFiles files, PeerEndpoint endpoint, String host, int port) {
        this.vertx = vertx;
        this.endpoint = endpoint;
        server = vertx.createHttpServer(new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setSsl(true)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setKeyCertOptions(KeyCertOptions.wrap(new SiteKey(files::load)))
                .setTrustOptions(TrustOptions.wrap(SiteTrust.anySite()))
                .setClientAuth(ClientAuth.REQUIRED)
                .setIdleTimeout(IDLE_SECONDS)
                .setMaxHeaderSize(4 << 10)
                .setMaxInitialLineLength(1 << 10));
        server.requestHandler(this::take);
    }

    /** @throws HoldfastException {@code PAIRING_OFF} when it cannot listen there */
    public PeerServer start() {
        try {
            server.listen().toCompletionStage().toCompletableFuture().get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
            return this;
        } catch (ExecutionException | TimeoutException refused) {
            throw new HoldfastException(
                    PairingError.PAIRING_OFF, "the pairing port cannot be opened: " + refused.getMessage(), refused);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new HoldfastException(PairingError.PAIRING_OFF, "stopped while opening the pairing port", stopped);
        }
    }

    public int port() {
        return server.actualPort();
    }

    /** On the connection's event loop; the work is done elsewhere. */
    private void take(HttpServerRequest request) {
        request.pause();
        // A caller that goes away in the middle is no news here; whoever reads the body hears of it.
        request.exceptionHandler(_ -> {});
        Semaphore places = endpoint.isForStrangers(request.path()) ? strangers : peers;
        if (!places.tryAcquire()) {
            reply(request, refusal(new HoldfastException(PairingError.PEER_BUSY, "too many ask at a time")));
            return;
        }
        Context loop = vertx.getOrCreateContext();
        Thread.ofVirtual().name("peer-request").start(() -> {
            Reply reply;
            try {
                reply = answer(request, loop);
            } finally {
                places.release();
            }
            loop.runOnContext(_ -> reply(request, reply));
        });
    }

    private record Reply(int status, byte[] body) {}

    private Reply answer(HttpServerRequest request, Context loop) {
        try {
            if (!request.method().equals(HttpMethod.POST)) {
                throw new HoldfastException(CommonError.NOT_FOUND, "a site has nothing there");
            }
            CertifiedSite caller = caller(request);
            int limit = endpoint.limitBytes(request.path(), caller);
            return new Reply(200, endpoint.answer(request.path(), caller, body(request, loop, limit)));
        } catch (HoldfastException refused) {
            LOG.debugf("refused a peer's request path=%s reason=%s", request.path(), refused);
            return refusal(refused);
        } catch (RuntimeException defect) {
            LOG.errorf(defect, "a peer's request failed path=%s", request.path());
            return refusal(new HoldfastException(CommonError.INTERNAL, "the request failed here"));
        }
    }

    private static Reply refusal(HoldfastException refused) {
        return new Reply(refused.code().blame().httpStatus(), PeerWire.write(PeerWire.Problem.of(refused)));
    }

    /** Asked at every request: a connection may be older than its certificate is valid. */
    private static CertifiedSite caller(HttpServerRequest request) {
        try {
            List<X509Certificate> chain = Arrays.stream(
                            request.connection().sslSession().getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toList();
            return SiteCertificate.check(chain, Use.CALLING, Optional.empty(), Instant.now());
        } catch (SSLPeerUnverifiedException impossible) {
            throw new HoldfastException(
                    PairingError.PEER_CERTIFICATE_INVALID, "a caller has to show a certificate", impossible);
        }
    }

    private static byte[] body(HttpServerRequest request, Context loop, int limitBytes) {
        var whole = new CompletableFuture<byte[]>();
        Buffer read = Buffer.buffer();
        loop.runOnContext(_ -> {
            request.exceptionHandler(whole::completeExceptionally);
            request.handler(piece -> {
                if (read.length() + piece.length() > limitBytes) {
                    whole.completeExceptionally(new HoldfastException(
                            CommonError.INVALID_REQUEST, "more than %d bytes".formatted(limitBytes)));
                } else {
                    read.appendBuffer(piece);
                }
            });
            request.endHandler(_ -> whole.complete(read.getBytes()));
            request.resume();
        });
        try {
            return whole.get(BODY_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException broken) {
            throw broken.getCause() instanceof HoldfastException refused ? refused : PeerWire.refused(broken);
        } catch (TimeoutException slow) {
            throw PeerWire.refused(slow);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw PeerWire.refused(stopped);
        }
    }

    /** After a refusal the connection ends: what the caller still sends is not worth reading. */
    private static void reply(HttpServerRequest request, Reply reply) {
        if (request.response().closed()) {
            return;
        }
        request.response().setStatusCode(reply.status()).putHeader("Content-Type", "application/json");
        if (reply.status() != 200) {
            request.response().putHeader("Connection", "close");
        }
        request.response().end(Buffer.buffer(reply.body())).onComplete(_ -> {
            if (reply.status() != 200) {
                request.connection().close();
            }
        });
    }

    @Override
    public void close() {
        server.close();
    }
}
