package io.holdfast.inventory.adapter.https;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** A TLS server that trusts everybody, asks for a certificate, and remembers what the first caller let it know. */
final class Impostor implements AutoCloseable {
    private static final int LIMIT_MS = 60_000;

    private final SSLServerSocket door;
    private final CompletableFuture<String> heard = new CompletableFuture<>();

    Impostor(SiteFiles shown) throws IOException {
        this(shown, "");
    }

    /** @param answer what it says to whatever it hears */
    Impostor(SiteFiles shown, String answer) throws IOException {
        door = (SSLServerSocket) context(shown).getServerSocketFactory().createServerSocket(0);
        door.setNeedClientAuth(true);
        Thread.ofVirtual().start(() -> serve(answer));
    }

    private static SSLContext context(SiteFiles shown) {
        try {
            // Also files that a site would not show.
            SiteFiles.Loaded loaded = TestFiles.load(shown);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {new SiteKey(() -> loaded)}, new TrustManager[] {new Everybody()}, null);
            return context;
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private void serve(String answer) {
        StringBuilder seen = new StringBuilder();
        try (SSLSocket caller = (SSLSocket) door.accept()) {
            caller.setSoTimeout(LIMIT_MS);
            caller.startHandshake();
            seen.append("certificate ");
            byte[] bytes = new byte[4096];
            int count = caller.getInputStream().read(bytes);
            seen.append(count > 0 ? "bytes" : "");
            caller.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException ended) {
            // What was seen until then counts.
        }
        heard.complete(seen.isEmpty() ? "nothing" : seen.toString());
    }

    int port() {
        return door.getLocalPort();
    }

    String heard() throws Exception {
        return heard.get(LIMIT_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() throws IOException {
        door.close();
    }

    /** Says anything to a pairing port, under a certificate of its choice. */
    static final class Caller {
        private static final Pattern ANSWER =
                Pattern.compile("HTTP/1.1 (\\d{3}).*?\"code\":\"([A-Z_]+)\".*", Pattern.DOTALL);

        private final SiteFiles files;

        Caller(SiteFiles files) {
            this.files = files;
        }

        /** Status and code of the answer, or {@code no TLS}. */
        String says(int port, String method, String path, String body) {
            try (SSLSocket socket =
                    (SSLSocket) context(files).getSocketFactory().createSocket("127.0.0.1", port)) {
                socket.setSoTimeout(LIMIT_MS);
                byte[] content = body.getBytes(StandardCharsets.UTF_8);
                String head = "%s %s HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                        .formatted(method, path, content.length);
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                sendUntilItCloses(socket, content);
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                Matcher parts = ANSWER.matcher(answer);
                return parts.matches() ? parts.group(1) + " " + parts.group(2) : "something else: " + answer;
            } catch (IOException refused) {
                return "no TLS";
            }
        }

        /** A server that has heard enough may end the connection before all was sent; its answer is there to be read. */
        private static void sendUntilItCloses(SSLSocket socket, byte[] content) {
            try {
                socket.getOutputStream().write(content);
            } catch (IOException enough) {
                // The answer says why.
            }
        }
    }
}
