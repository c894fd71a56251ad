package io.holdfast.replicationagent.machine.guest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ended;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The commands that are run inside of one machine's guest, one after the other, in the order in which they came.
 *
 * <p>Threads: any.
 */
public final class GuestCommands implements AutoCloseable {
    /** As many as one machine may have been told of. */
    public static final int MAX_COMMANDS = 32;
    /** As many are told of, the newest ones. */
    public static final int MAX_TOLD = 8;

    private static final System.Logger LOG = System.getLogger(GuestCommands.class.getName());
    private static final long INTERVAL_MS = 250;
    private static final long LEAVING_MS = 10_000;

    private final GuestCommandStore store;
    private final InstantSource clock;
    private final Runnable changed;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<GuestCommandRecord> commands = new ArrayList<>();
    private Thread worker;

    /** @param changed called when what is told has changed; must not block */
    public GuestCommands(GuestCommandStore store, InstantSource clock, Runnable changed) {
        this.store = store;
        this.clock = clock;
        this.changed = changed;
        commands.addAll(store.load());
    }

    /**
     * Stored when this returns; the rest follows once {@link #work} was called.
     *
     * @throws HoldfastException {@code COMMAND_MALFORMED} if the key is known for something else, {@code TOO_MANY_GUEST_COMMANDS}; nothing has changed then
     */
    public synchronized void order(GuestCommand wish) {
        List<GuestCommandRecord> next = new ArrayList<>(commands);
        int known = find(wish.key());
        if (known < 0) {
            if (commands.size() >= MAX_COMMANDS) {
                throw new HoldfastException(
                        AgentError.TOO_MANY_GUEST_COMMANDS,
                        "the machine was given %d commands for its guest, which is as many as it may"
                                .formatted(commands.size()));
            }
            next.add(new GuestCommandRecord(wish, 0, new GuestCommandState.Ordered(nowMicros())));
        } else {
            GuestCommandRecord record = commands.get(known);
            if (!record.command().sameWish(wish)) {
                throw new HoldfastException(
                        AgentError.COMMAND_MALFORMED, "key '%s' is another command's".formatted(wish.key()));
            }
            GuestCommandRecord joined = record.joinedBy(wish, nowMicros());
            next.remove(known);
            // What begins anew goes behind the others, so that the newest are told of.
            next.add(joined.equals(record) ? known : next.size(), joined);
        }
        keep(next);
    }

    private int find(String key) {
        for (int i = 0; i < commands.size(); i++) {
            if (commands.get(i).command().key().equals(key)) {
                return i;
            }
        }
        return -1;
    }

    private void keep(List<GuestCommandRecord> next) {
        if (!next.equals(commands)) {
            store.save(next);
            commands.clear();
            commands.addAll(next);
            changed.run();
        }
    }

    /** The machine runs: what is not done is begun, and what an earlier agent began is taken up. Called as often as one likes. */
    public synchronized void work(GuestDoor door) {
        boolean idle = worker == null || !worker.isAlive();
        if (idle && pending().isPresent() && closing.getCount() > 0) {
            worker = Thread.ofVirtual().name("holdfast-guest-commands").start(() -> run(door));
        }
    }

    private synchronized Optional<GuestCommandRecord> pending() {
        return commands.stream().filter(record -> !record.hasEnded()).findFirst();
    }

    private void run(GuestDoor door) {
        GuestCommandRun steps = new GuestCommandRun(door, this::nowMicros, this::replace);
        try {
            for (Optional<GuestCommandRecord> next = pending(); next.isPresent(); next = pending()) {
                boolean moved = steps.advance(next.get());
                if (closing.await(moved ? 0 : INTERVAL_MS, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (HoldfastException unwritable) {
            // Taken up again by the next call of work; nothing was done that was not stored.
            LOG.log(System.Logger.Level.WARNING, "A guest command is tried again: " + unwritable.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stores the next state of a command, unless a later order has changed its attempt meanwhile: that one's number is kept. */
    private synchronized GuestCommandRecord replace(GuestCommandRecord next) {
        int known = find(next.command().key());
        GuestCommandRecord stored =
                new GuestCommandRecord(commands.get(known).command(), next.sendings(), next.state());
        List<GuestCommandRecord> all = new ArrayList<>(commands);
        all.set(known, stored);
        keep(all);
        return stored;
    }

    /** Nothing of the guest runs any more: what had not ended never will. */
    public synchronized void machineEnded() {
        closing.countDown();
        List<GuestCommandRecord> next = new ArrayList<>(commands);
        next.replaceAll(record -> switch (record.state()) {
            case GuestCommandState.Ordered _ ->
                record.with(failed(AgentError.GUEST_UNREACHABLE, "the machine ended before it was begun"));
            case GuestCommandState.Sent _, GuestCommandState.Begun _ ->
                record.with(failed(AgentError.GUEST_COMMAND_OUTCOME_UNKNOWN, "the machine ended meanwhile"));
            case Ended _ -> record;
        });
        keep(next);
    }

    private Ended failed(AgentError code, String message) {
        return new Ended(nowMicros(), Optional.of(code), message, "");
    }

    /** The newest {@value #MAX_TOLD}. */
    public synchronized List<GuestCommandRecord> told() {
        return List.copyOf(commands.subList(Math.max(0, commands.size() - MAX_TOLD), commands.size()));
    }

    private long nowMicros() {
        return clock.millis() * 1_000;
    }

    /** Begins nothing any more; what the guest has begun goes on there. */
    @Override
    public void close() {
        closing.countDown();
        Thread last;
        synchronized (this) {
            last = worker;
        }
        try {
            if (last != null) {
                last.join(LEAVING_MS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
