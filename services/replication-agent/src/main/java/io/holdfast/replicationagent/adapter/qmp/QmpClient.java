package io.holdfast.replicationagent.adapter.qmp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.replicationagent.adapter.qmp.QmpException.Kind;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A connection to a QEMU's monitor socket. Commands carry ids, so several threads may have one under way each. After the first failure of the
 * connection every command fails with the same reason. Source: QEMU, docs/interop/qmp-spec.
 *
 * <p>Threads: any. Events are handed over on the reader's thread, in the order in which QEMU sent them and before any answer that it sent later; the
 * handler must not block and must not issue commands.
 */
public final class QmpClient implements AutoCloseable {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    static {
        JSON.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(64).build());
    }

    private final SocketChannel channel;
    private final QmpLimits limits;
    private final Consumer<QmpEvent> events;
    private final Runnable ended;
    private final LineInlet inlet;
    private final Semaphore slots;
    private final ReentrantLock sending = new ReentrantLock();
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final CompletableFuture<String> greeted = new CompletableFuture<>();
    private volatile QmpException failure;

    private QmpClient(SocketChannel channel, QmpLimits limits, Consumer<QmpEvent> events, Runnable ended) {
        this.channel = channel;
        this.limits = limits;
        this.events = events;
        this.ended = ended;
        this.inlet = new LineInlet(channel, limits.lineBytes());
        this.slots = new Semaphore(limits.commandsInFlight(), true);
    }

    /**
     * Connects and negotiates.
     *
     * @param events takes what QEMU says unasked
     * @param ended runs once when the connection ends, also by {@link #close}
     * @throws QmpException {@code CONNECT}, {@code PROTOCOL}, {@code TIMEOUT} or {@code LOST}; a monitor serves one client at a time, and a second
     *     one waits in vain: {@code TIMEOUT}
     */
    public static QmpClient connect(Path socket, QmpLimits limits, Consumer<QmpEvent> events, Runnable ended)
            throws QmpException {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException unreachable) {
            closeQuietly(channel);
            throw new QmpException(
                    Kind.CONNECT,
                    "",
                    "cannot connect to %s: %s".formatted(socket, unreachable.getMessage()),
                    unreachable);
        }
        QmpClient client = new QmpClient(channel, limits, events, ended);
        Thread.ofVirtual().name("qmp-" + socket.getFileName()).start(client::read);
        boolean negotiated = false;
        try {
            client.await(client.greeted, limits.connectTime().toNanos(), "greeting");
            client.execute("qmp_capabilities", Map.of());
            negotiated = true;
            return client;
        } finally {
            if (!negotiated) {
                client.close();
            }
        }
    }

    /** {@link #execute(String, Map)} without arguments. */
    public JsonNode execute(String command) throws QmpException {
        return execute(command, Map.of());
    }

    /**
     * Carries out a command and waits for its answer.
     *
     * @param arguments names to values that JSON can express
     * @return what QEMU returned
     */
    public JsonNode execute(String command, Map<String, ?> arguments) throws QmpException {
        // Bounded: every command ahead ends by its answer or by its time.
        slots.acquireUninterruptibly();
        long id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        try {
            pending.put(id, answer);
            if (failure != null) {
                throw failure;
            }
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("execute", command);
            message.put("arguments", arguments);
            message.put("id", id);
            send(message);
            return await(answer, limits.commandTime().toNanos(), command);
        } finally {
            pending.remove(id);
            slots.release();
        }
    }

    private void send(Map<String, Object> message) throws QmpException {
        sending.lock();
        try {
            byte[] json = JSON.writeValueAsBytes(message);
            ByteBuffer line = ByteBuffer.allocate(json.length + 1)
                    .put(json)
                    .put((byte) '\n')
                    .flip();
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } catch (IOException lost) {
            throw fail(new QmpException(Kind.LOST, "", "QEMU cannot be written to: " + lost.getMessage(), lost));
        } finally {
            sending.unlock();
        }
    }

    private <T> T await(CompletableFuture<T> answer, long nanos, String what) throws QmpException {
        try {
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw fail(new QmpException(
                    Kind.TIMEOUT, "QEMU did not answer in time: %s, %d ms".formatted(what, nanos / 1_000_000)));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw fail(new QmpException(Kind.LOST, "interrupted while waiting for QEMU: " + what));
        } catch (ExecutionException refused) {
            QmpException cause = (QmpException) refused.getCause();
            // A new one, so that the stack is the caller's.
            throw new QmpException(cause.kind(), cause.errorClass(), what + ": " + cause.getMessage(), cause);
        }
    }

    private void read() {
        try {
            while (true) {
                take(JSON.readTree(inlet.next()));
            }
        } catch (JsonProcessingException malformed) {
            fail(new QmpException(Kind.PROTOCOL, "", "the peer sent no JSON", malformed));
        } catch (QmpException known) {
            fail(known);
        } catch (IOException lost) {
            fail(new QmpException(Kind.LOST, "", "the connection to QEMU ended: " + lost.getMessage(), lost));
        } catch (RuntimeException defect) {
            fail(new QmpException(Kind.PROTOCOL, "", "a message of QEMU could not be handled: " + defect, defect));
        }
    }

    private void take(JsonNode message) throws QmpException {
        if (!greeted.isDone()) {
            if (!message.path("QMP").path("version").path("qemu").isObject()) {
                throw new QmpException(Kind.PROTOCOL, "the peer does not greet as QMP does");
            }
            greeted.complete("");
        } else if (message.has("event")) {
            events.accept(new QmpEvent(
                    message.path("event").asText(),
                    message.has("data") ? message.get("data") : JsonNodeFactory.instance.objectNode()));
        } else if (message.has("return")) {
            answer(message).complete(message.get("return"));
        } else if (message.has("error")) {
            JsonNode error = message.get("error");
            answer(message)
                    .completeExceptionally(new QmpException(
                            Kind.REFUSED,
                            error.path("class").asText(),
                            error.path("desc").asText("no reason given"),
                            null));
        } else {
            throw new QmpException(Kind.PROTOCOL, "the peer sent neither event nor answer");
        }
    }

    private CompletableFuture<JsonNode> answer(JsonNode message) throws QmpException {
        JsonNode id = message.path("id");
        CompletableFuture<JsonNode> waiting = id.isIntegralNumber() ? pending.get(id.asLong()) : null;
        if (waiting == null || waiting.isDone()) {
            throw new QmpException(Kind.PROTOCOL, "an answer to a command that is not under way");
        }
        return waiting;
    }

    private QmpException fail(QmpException reason) {
        boolean first;
        synchronized (pending) {
            first = failure == null;
            if (first) {
                failure = reason;
            }
        }
        if (first) {
            closeQuietly(channel);
            greeted.completeExceptionally(reason);
            pending.values().forEach(waiting -> waiting.completeExceptionally(reason));
            ended.run();
        }
        return failure;
    }

    /** Whether commands can still be carried out, as far as is known. */
    public boolean isOpen() {
        return failure == null;
    }

    /** Commands under way fail. Nothing is said to QEMU, which keeps everything as it is. */
    @Override
    public void close() {
        fail(new QmpException(Kind.LOST, "the connection was closed here"));
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException ignored) {
            // What led here is the failure to report.
        }
    }
}
