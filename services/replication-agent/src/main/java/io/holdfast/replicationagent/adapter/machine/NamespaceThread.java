package io.holdfast.replicationagent.adapter.machine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Does something inside a network namespace. A namespace is a property of a thread (setns(2)), and a socket belongs to the one of the thread that made it: so a
 * thread of its own enters, works and ends there. It never comes back, so nothing else can run in it by mistake.
 */
final class NamespaceThread {
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(PathElement.groupElement("errno"));

    private NamespaceThread() {}

    /** Bound at the first use: an agent that hosts no machines does without. */
    private static final class Calls {
        private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
        // open is variadic: the third argument is only read when a file is created.
        static final MethodHandle OPEN =
                bind("open", FunctionDescriptor.of(I, ValueLayout.ADDRESS, I), Linker.Option.firstVariadicArg(2));
        static final MethodHandle SETNS = bind("setns", FunctionDescriptor.of(I, I, I));
        static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(I, I));

        @SuppressWarnings("restricted")
        private static MethodHandle bind(String name, FunctionDescriptor form, Linker.Option... more) {
            Linker.Option[] options = new Linker.Option[more.length + 1];
            options[0] = Linker.Option.captureCallState("errno");
            System.arraycopy(more, 0, options, 1, more.length);
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), form, options);
        }
    }

    /**
     * Runs the task in the namespace and waits for it.
     *
     * @throws IOException the namespace cannot be entered, the task failed with one, or the time is over; then the thread ends by itself later
     */
    static <T> T call(Path namespace, Duration limit, Callable<T> task) throws IOException {
        FutureTask<T> future = new FutureTask<>(() -> {
            enter(namespace);
            return task.call();
        });
        Thread.ofPlatform().daemon().name("holdfast-netns").start(future);
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IOException known) {
                throw known;
            }
            throw new IOException(failed.getCause().toString(), failed.getCause());
        } catch (TimeoutException late) {
            throw new IOException("no answer within " + limit.toMillis() + " ms", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private static void enter(Path namespace) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            int fd = (int)
                    Calls.OPEN.invokeExact(capture, arena.allocateFrom(namespace.toString()), O_RDONLY | O_CLOEXEC);
            if (fd < 0) {
                throw new IOException(namespace + " cannot be opened, errno " + (int) ERRNO.get(capture, 0L));
            }
            int entered = (int) Calls.SETNS.invokeExact(capture, fd, CLONE_NEWNET);
            int errno = (int) ERRNO.get(capture, 0L);
            int ignored = (int) Calls.CLOSE.invokeExact(capture, fd);
            if (entered != 0) {
                throw new IOException(namespace + " cannot be entered, errno " + errno);
            }
        } catch (IOException known) {
            throw known;
        } catch (Throwable defect) {
            throw new IOException("native calls are not possible: " + defect, defect);
        }
    }
}
