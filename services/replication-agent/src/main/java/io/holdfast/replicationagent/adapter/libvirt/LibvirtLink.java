package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.Machines;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt;

/**
 * The connection to libvirt: made when it is needed, made again when it was lost. A call into the library can take any time, as when libvirtd is stopped, so each
 * runs on a thread of its own, of which there is a limited number, and whoever waits for it waits for a limited time.
 *
 * <p>Threads: any.
 */
final class LibvirtLink implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LibvirtLink.class.getName());
    private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Duration CLOSING = Duration.ofSeconds(5);

    /** Errors are answers, and told by whoever asked; without it the library prints each on standard error. Kept, as native code has it. */
    private static final Libvirt.VirErrorCallback QUIET = (_, _) -> {};

    private final String uri;
    /** One call for each machine, and some for what is asked beside. */
    private final ExecutorService threads = new ThreadPoolExecutor(
            0,
            Machines.MAX_MACHINES + 8,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("holdfast-libvirt-", 0).factory());

    private final AtomicBoolean asking = new AtomicBoolean();
    private final AtomicLong askedAtNanos = new AtomicLong(System.nanoTime() - ASK_NANOS);
    private volatile boolean up;
    private Connect connection;

    LibvirtLink(String uri) {
        this.uri = uri;
    }

    /** Something asked of libvirt. */
    @FunctionalInterface
    interface Call<T> {
        T on(Connect libvirt) throws LibvirtException;
    }

    <T> T call(Duration limit, Call<T> call) throws LibvirtException {
        return call(limit, call, _ -> {});
    }

    /**
     * @param late what to do with an answer for which nobody waits any more; on one of the link's own threads
     * @throws LibvirtException libvirt's answer is no
     * @throws HoldfastException {@code ADAPTER_MISSING}: there is no answer; the call may be carried out all the same
     */
    <T> T call(Duration limit, Call<T> call, Consumer<T> late) throws LibvirtException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> answer(call, answer, late));
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException full) {
            throw away("too many calls wait for its answer", full);
        } catch (TimeoutException slow) {
            HoldfastException unanswered = away("it does not answer within " + limit.toSeconds() + " s", slow);
            answer.completeExceptionally(unanswered);
            throw unanswered;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw away("interrupted", stopped);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof LibvirtException refused) {
                throw refused;
            }
            if (failed.getCause() instanceof HoldfastException known) {
                throw known;
            }
            throw new IllegalStateException(failed.getCause());
        }
    }

    private <T> void answer(Call<T> call, CompletableFuture<T> answer, Consumer<T> late) {
        Connect libvirt = null;
        try {
            libvirt = connected();
            T value = call.on(libvirt);
            if (!answer.complete(value)) {
                late.accept(value);
            }
        } catch (LibvirtException failed) {
            answer.completeExceptionally(
                    libvirt == null || isLost(libvirt) ? away(failed.getMessage(), failed) : failed);
        } catch (LinkageError absent) {
            answer.completeExceptionally(away("its library is not installed here (package libvirt0)", absent));
        } catch (RuntimeException defect) {
            if (!answer.completeExceptionally(defect)) {
                LOG.log(System.Logger.Level.WARNING, "A late answer of libvirt is not taken", defect);
            }
        }
    }

    private HoldfastException away(String why, Throwable cause) {
        return new HoldfastException(
                AgentError.ADAPTER_MISSING, "libvirt at %s cannot be asked: %s".formatted(uri, why), cause);
    }

    private synchronized Connect connected() throws LibvirtException {
        if (connection == null) {
            up = false;
            Connect.setErrorCallback(QUIET);
            connection = new Connect(uri);
            up = true;
            LOG.log(System.Logger.Level.INFO, "Connected to libvirt; uri=" + uri);
        }
        return connection;
    }

    /** Whether the connection is the reason why a call has failed; the next call makes another then. */
    private synchronized boolean isLost(Connect libvirt) {
        try {
            if (libvirt.isAlive()) {
                return false;
            }
        } catch (LibvirtException gone) {
            // It does not even know.
        }
        if (connection == libvirt) {
            connection = null;
            up = false;
            LOG.log(System.Logger.Level.WARNING, "The connection to libvirt is lost; machines go on; uri=" + uri);
            closeQuietly(libvirt);
        }
        return true;
    }

    private static void closeQuietly(Connect libvirt) {
        try {
            libvirt.close();
        } catch (LibvirtException gone) {
            // As it should be.
        }
    }

    /** Whether it answered last. Never waits: it is asked again in the background, every five seconds. */
    boolean isUp() {
        long now = System.nanoTime();
        if (now - askedAtNanos.get() >= ASK_NANOS && asking.compareAndSet(false, true)) {
            askedAtNanos.set(now);
            try {
                threads.execute(this::ask);
            } catch (RejectedExecutionException full) {
                asking.set(false);
            }
        }
        return up;
    }

    private void ask() {
        try {
            answer(Connect::getLibVersion, new CompletableFuture<>(), _ -> {});
        } finally {
            asking.set(false);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        Thread closing = Thread.ofPlatform()
                .daemon()
                .name("holdfast-libvirt-close")
                .start(() -> {
                    synchronized (this) {
                        if (connection != null) {
                            closeQuietly(connection);
                            connection = null;
                            up = false;
                        }
                    }
                });
        try {
            closing.join(CLOSING);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
