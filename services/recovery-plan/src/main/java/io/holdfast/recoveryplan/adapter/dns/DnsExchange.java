package io.holdfast.recoveryplan.adapter.dns;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.DnsZones;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Options;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TextParseException;

/**
 * One signed message to a server and its signed answer, over a TCP connection of their own. Whoever is on the way can keep the answer away, and nothing else.
 *
 * @param timeout of the whole exchange, connecting included
 */
record DnsExchange(Duration timeout) {
    /** More than any answer about one record set has. */
    static final int MOST_BYTES = 16 << 10;

    private static final int MOST_SECRET_BYTES = 1 << 10;

    static {
        // dnsjava has one fudge for the process; nobody else in it signs DNS messages.
        Options.set("tsigfudge", Long.toString(DnsZones.VALIDITY.toSeconds()));
    }

    /** @param serverTime the server's clock, as its signature says */
    record Answer(Message message, Instant serverTime) {}

    /** @throws HoldfastException of {@link DnsError}; an answer whose signature holds is answered with, whatever its code is, unless that is BADTIME */
    Answer ask(DnsServer server, Message question, Instant signedAt) {
        Name keyName = name(server.key().name());
        SecretKey secret = secret(server.key());
        TSIG signer =
                new TSIG(server.key().algorithm().dnsName(), keyName, secret, Clock.fixed(signedAt, ZoneOffset.UTC));
        signer.apply(question, null);
        byte[] bytes = exchange(server, question.toWire());
        Message answer = parse(server, bytes);
        TSIG verifier = new TSIG(server.key().algorithm().dnsName(), keyName, secret);
        requireOurs(server, question, answer);
        TSIGRecord signature = answer.getTSIG();
        int verified = signature == null ? Rcode.FORMERR : verifier.verify(answer, bytes, question.getTSIG());
        if (signature != null && verified != Rcode.NOERROR) {
            switch (signature.getError()) {
                // The server could not sign: it does not know the key, or found that the message was not signed with
                // it.
                case Rcode.BADKEY, Rcode.BADSIG, Rcode.BADTRUNC ->
                    throw failed(
                            DnsError.DNS_KEY_REFUSED,
                            server,
                            "refuses key '%s' (%s)"
                                    .formatted(server.key().name(), Rcode.TSIGstring(signature.getError())));
                default -> {
                    // Judged below.
                }
            }
        }
        if (verified == Rcode.BADTIME || verified == Rcode.NOERROR && signature.getError() == Rcode.BADTIME) {
            throw failed(
                    DnsError.DNS_CLOCK_DIFFERS,
                    server,
                    "has another time than %s, when the message was signed".formatted(signedAt));
        }
        if (verified != Rcode.NOERROR) {
            throw failed(
                    DnsError.DNS_ANSWER_INVALID,
                    server,
                    "sent an answer (%s) whose signature %s"
                            .formatted(Rcode.string(answer.getRcode()), signature == null ? "is missing" : "is wrong"));
        }
        return new Answer(answer, signature.getTimeSigned());
    }

    private byte[] exchange(DnsServer server, byte[] question) {
        long deadline = System.nanoTime() + timeout.toNanos();
        InetSocketAddress address = new InetSocketAddress(server.address(), server.port());
        if (address.isUnresolved()) {
            throw failed(DnsError.DNS_UNREACHABLE, server, "has no known address '%s'".formatted(server.address()));
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, left(deadline));
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(2 + question.length)
                            .putShort((short) question.length)
                            .put(question)
                            .array());
            DataInputStream in = new DataInputStream(new WithDeadline(socket, deadline));
            int length = in.readUnsignedShort();
            if (length > MOST_BYTES) {
                throw failed(DnsError.DNS_ANSWER_INVALID, server, "announced %d bytes".formatted(length));
            }
            byte[] answer = new byte[length];
            in.readFully(answer);
            return answer;
        } catch (IOException silent) {
            throw failed(DnsError.DNS_UNREACHABLE, server, "does not answer: " + silent);
        }
    }

    /** A server that sends a byte now and then does not get more time for it. */
    private static final class WithDeadline extends InputStream {
        private final Socket socket;
        private final long deadline;

        WithDeadline(Socket socket, long deadline) {
            this.socket = socket;
            this.deadline = deadline;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            socket.setSoTimeout(left(deadline));
            return socket.getInputStream().read(bytes, offset, length);
        }
    }

    private static int left(long deadline) throws SocketTimeoutException {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
            throw new SocketTimeoutException("its time is over");
        }
        return Math.toIntExact(Math.min(millis, Integer.MAX_VALUE));
    }

    private static Message parse(DnsServer server, byte[] bytes) {
        try {
            return new Message(bytes);
        } catch (IOException | RuntimeException malformed) {
            // The parser's own exceptions are not all declared; none of them is worth more than this.
            throw failed(
                    DnsError.DNS_ANSWER_INVALID,
                    server,
                    "sent %d bytes that are no DNS message".formatted(bytes.length));
        }
    }

    private static void requireOurs(DnsServer server, Message question, Message answer) {
        boolean ours = answer.getHeader().getFlag(Flags.QR)
                && answer.getHeader().getID() == question.getHeader().getID()
                && answer.getHeader().getOpcode() == question.getHeader().getOpcode()
                // RFC 2136, 3.8: a server may leave an update's zone out of its answer.
                && (answer.getQuestion() == null || answer.getQuestion().equals(question.getQuestion()));
        if (!ours || answer.getHeader().getFlag(Flags.TC)) {
            throw failed(
                    DnsError.DNS_ANSWER_INVALID,
                    server,
                    ours ? "sent a truncated answer" : "sent an answer to another message");
        }
    }

    /** Why the key cannot be used is told by the exception, never anything of its content. */
    private static SecretKey secret(DnsServer.Key key) {
        Path file = key.secretFile();
        try {
            if (Files.size(file) > MOST_SECRET_BYTES) {
                throw notAllowed(key, "has more than %d bytes".formatted(MOST_SECRET_BYTES));
            }
            byte[] secret = Base64.getDecoder().decode(Files.readString(file).strip());
            if (secret.length == 0) {
                throw notAllowed(key, "is empty");
            }
            return new SecretKeySpec(secret, key.algorithm().name());
        } catch (IOException unreadable) {
            throw notAllowed(key, "cannot be read");
        } catch (IllegalArgumentException malformed) {
            throw notAllowed(key, "is not base64");
        }
    }

    /** @throws HoldfastException {@code DNS_NOT_ALLOWED} if nothing could be signed */
    static void requireKey(DnsServer server) {
        secret(server.key());
    }

    /** @param canonical without a dot at the end */
    static Name name(String canonical) {
        try {
            return Name.fromString(canonical, Name.root);
        } catch (TextParseException impossible) {
            throw new IllegalStateException("'%s' was checked and is no name".formatted(canonical), impossible);
        }
    }

    private static HoldfastException notAllowed(DnsServer.Key key, String why) {
        return new HoldfastException(DnsError.DNS_NOT_ALLOWED, "the secret of key '%s' %s".formatted(key.name(), why));
    }

    private static HoldfastException failed(DnsError code, DnsServer server, String what) {
        return new HoldfastException(
                code, "name server '%s' (%s:%d) %s".formatted(server.name(), server.address(), server.port(), what));
    }
}
