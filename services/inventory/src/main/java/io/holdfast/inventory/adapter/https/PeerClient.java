package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.Label;
import io.holdfast.inventory.mirror.Exchange;
import io.holdfast.inventory.mirror.StatusLink;
import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.inventory.pairing.PeerLink;
import io.holdfast.inventory.pairing.PeerToken;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Calls other sites. Each call is a connection of its own with a handshake of its own: certificates are checked and files read anew each time, and nothing is left open that a NAT could drop. Thread-safe.
 */
public final class PeerClient implements PeerLink, StatusLink {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    private final Supplier<SiteFiles> files;
    private final Duration callLimit;

    /**
     * @param files of this site; throws when it has none
     * @param callLimit from the connection to the last byte of the answer
     */
    public PeerClient(Supplier<SiteFiles> files, Duration callLimit) {
        this.files = files;
        this.callLimit = callLimit;
    }

    /** Whom to call. */
    private record Callee(SiteId site, Fingerprint authority, PeerAddress address) {
        static Callee of(Peer peer) {
            return new Callee(
                    peer.id(),
                    Fingerprint.of(peer.authority()),
                    peer.calledAt().orElseThrow(() -> new IllegalArgumentException("it is that peer that calls")));
        }
    }

    @Override
    public Welcome join(PeerToken token, String ownName) {
        SiteTrust trust = SiteTrust.only(token.site(), token.authority());
        var message = PeerWire.Join.of(token.invitation(), token.secret(), ownName);
        PeerWire.Welcome welcome = call(
                new Callee(token.site(), token.authority(), token.address()),
                trust,
                PeerWire.JOIN,
                message,
                PeerWire.SMALL_BYTES,
                bytes -> PeerWire.answer(bytes, PeerWire.Welcome.class));
        if (welcome.name() == null || Label.of(welcome.name()).isEmpty()) {
            throw PeerWire.invalid("a site without a name", null);
        }
        return new Welcome(welcome.name(), trust.seen().authority());
    }

    @Override
    public void tellRevoked(Peer peer) {
        Callee callee = Callee.of(peer);
        call(
                callee,
                SiteTrust.only(callee.site(), callee.authority()),
                PeerWire.REVOKE,
                new PeerWire.Welcome(null),
                PeerWire.SMALL_BYTES,
                bytes -> bytes);
    }

    @Override
    public Exchange exchange(Peer peer, Exchange told) {
        Callee callee = Callee.of(peer);
        return call(
                callee,
                SiteTrust.only(callee.site(), callee.authority()),
                PeerWire.STATUS,
                StatusWire.form(told),
                PeerWire.STATUS_BYTES,
                StatusWire::answer);
    }

    private <T> T call(
            Callee callee, SiteTrust trust, String path, Object message, int limitBytes, Function<byte[], T> read) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://" + callee.address() + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(PeerWire.write(message)))
                .build();
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_LIMIT)
                .sslContext(tls(trust))
                .build();
        try {
            HttpResponse<byte[]> response = whole(
                    http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), limitBytes)), callee);
            if (response.statusCode() != 200) {
                throw PeerWire.answer(response.body(), PeerWire.Problem.class).refusal();
            }
            return read.apply(response.body());
        } finally {
            http.shutdownNow();
        }
    }

    private SSLContext tls(SiteTrust trust) {
        SiteFiles.Loaded own = files.get().load();
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {new SiteKey(() -> own)}, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has TLS 1.3", impossible);
        }
    }

    private HttpResponse<byte[]> whole(CompletableFuture<HttpResponse<byte[]>> coming, Callee callee) {
        try {
            return coming.get(callLimit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw refusalIn(failed, callee);
        } catch (TimeoutException slow) {
            coming.cancel(true);
            throw unreachable(callee, "no whole answer within " + callLimit, slow);
        } catch (InterruptedException stopped) {
            coming.cancel(true);
            Thread.currentThread().interrupt();
            throw unreachable(callee, "stopped while waiting", stopped);
        }
    }

    /** A handshake that we ended carries our own reason somewhere below. */
    private static HoldfastException refusalIn(Throwable failure, Callee callee) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof HoldfastException ours) {
                return new HoldfastException(ours.code(), ours.getMessage(), failure);
            }
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return unreachable(callee, cause.getMessage() == null ? cause.toString() : cause.getMessage(), failure);
    }

    private static HoldfastException unreachable(Callee callee, String why, Throwable cause) {
        return new HoldfastException(
                PairingError.PEER_UNREACHABLE,
                "site %s does not answer at %s: %s".formatted(callee.site(), callee.address(), why),
                cause);
    }
}
