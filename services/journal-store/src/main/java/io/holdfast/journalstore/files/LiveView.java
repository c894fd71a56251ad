package io.holdfast.journalstore.files;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * One file view while the store lives: its state, its point and its appliance, which are given up together when it ends. Requests take turns, one command of the
 * appliance each: a long download does not keep a listing waiting.
 */
final class LiveView {
    private final FileLimits limits;
    private final Clock clock;
    private final ViewEvents events;
    private final OpenedPoint point;
    private final Appliance appliance;
    private final ReentrantLock turn = new ReentrantLock(true);
    /** Guards the change of {@code view}; never held while the appliance works. */
    private final Object change = new Object();

    private volatile FileView view;

    LiveView(FileView view, OpenedPoint point, Appliance appliance, FileLimits limits, Clock clock, ViewEvents events) {
        this.view = view;
        this.point = point;
        this.appliance = appliance;
        this.limits = limits;
        this.clock = clock;
        this.events = events;
    }

    FileView view() {
        return view;
    }

    /** Launches the appliance and waits for it; whatever comes of it is the view's state. */
    void open() {
        long began = System.nanoTime();
        try {
            List<GuestFileSystem> found = appliance.launch(limits.open());
            synchronized (change) {
                if (view.state() instanceof ViewState.Opening opening) {
                    view = view.ready(opening, found, clock.instant());
                    events.opened(Duration.ofNanos(System.nanoTime() - began));
                }
            }
        } catch (HoldfastException refused) {
            fail(refused.code().name(), refused.getMessage());
        } catch (RuntimeException unforeseen) {
            fail(JournalError.FILE_TOOLS_FAILED.name(), "unforeseen: " + unforeseen);
        }
    }

    /** Ends a view that is not ended, as failed. */
    void fail(String code, String sentence) {
        synchronized (change) {
            Instant now = clock.instant();
            switch (view.state()) {
                case ViewState.Opening opening -> view = view.with(opening.failed(code, sentence, now));
                case ViewState.Ready ready -> view = view.with(ready.failed(code, sentence, now));
                case ViewState.Failed _, ViewState.Expired _ -> {
                    return;
                }
            }
            events.failed();
        }
        release();
    }

    /** Ends it when nobody used it for too long, when it has had its time, or when its appliance has gone. */
    void look(Instant now) {
        if (!(view.state() instanceof ViewState.Ready)) {
            return;
        }
        if (!appliance.isAlive()) {
            fail(JournalError.FILE_TOOLS_FAILED.name(), "the appliance of the view ended; open another view");
        } else if (!now.isBefore(view.openedAt().plus(limits.life()))) {
            expire("the view has had its whole time, %s".formatted(limits.life()), now);
        } else if (!now.isBefore(view.usedAt().plus(limits.idle()))) {
            expire("nobody used the view for %s".formatted(limits.idle()), now);
        }
    }

    private void expire(String sentence, Instant now) {
        synchronized (change) {
            if (!(view.state() instanceof ViewState.Ready ready)) {
                return;
            }
            view = view.with(ready.expired(sentence, now));
        }
        release();
    }

    /** Gives up what it holds, without another state. Again does nothing. */
    void release() {
        try {
            appliance.close();
        } finally {
            point.close();
        }
    }

    /** The file systems, which were found when it was opened. */
    List<GuestFileSystem> fileSystems() {
        requireReady();
        touch();
        return view.fileSystems();
    }

    /** @param device empty = the only one that has files */
    GuestFileSystem fileSystem(Optional<String> device) {
        requireReady();
        List<GuestFileSystem> found = view.fileSystems();
        if (device.isPresent()) {
            return found.stream()
                    .filter(one -> one.device().equals(device.get()))
                    .findFirst()
                    .orElseThrow(() -> new HoldfastException(
                            JournalError.NO_FILE_SYSTEM, "the view has no such file system; it has " + names(found)));
        }
        List<GuestFileSystem> candidates =
                found.stream().filter(GuestFileSystem::hasFiles).toList();
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        throw new HoldfastException(
                JournalError.NO_FILE_SYSTEM,
                candidates.isEmpty()
                        ? "the volumes have no file system that can be read at this point"
                        : "the volumes have several file systems; say which: " + names(candidates));
    }

    private static String names(List<GuestFileSystem> all) {
        return all.isEmpty()
                ? "none"
                : String.join(
                        ", ",
                        all.stream()
                                .map(one -> one.device() + " (" + one.type() + ")")
                                .toList());
    }

    /**
     * One command of the appliance, in turn.
     *
     * @throws HoldfastException as the appliance says; {@code FILE_VIEW_BUSY} when the turn does not come; what {@link #requireReady} says
     */
    <T> T use(Function<Appliance, T> command) {
        requireReady();
        awaitTurn();
        try {
            requireReady();
            T answer = command.apply(appliance);
            touch();
            return answer;
        } catch (HoldfastException failed) {
            if (!appliance.isAlive()) {
                fail(failed.code().name(), failed.getMessage());
                requireReady();
            }
            throw failed;
        } finally {
            turn.unlock();
        }
    }

    private void awaitTurn() {
        try {
            if (turn.tryLock(limits.turn().toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        throw new HoldfastException(
                JournalError.FILE_VIEW_BUSY,
                "an earlier request of file view %s takes longer than %s; try again"
                        .formatted(view.id(), limits.turn()));
    }

    private void touch() {
        synchronized (change) {
            view = view.used(clock.instant());
        }
    }

    void read(long bytes) {
        events.read(bytes);
    }

    /** @throws HoldfastException {@code FILE_VIEW_NOT_READY}, {@code FILE_VIEW_FAILED} or {@code FILE_VIEW_EXPIRED} */
    void requireReady() {
        switch (view.state()) {
            case ViewState.Ready _ -> {}
            case ViewState.Opening _ ->
                throw new HoldfastException(
                        JournalError.FILE_VIEW_NOT_READY, "file view %s is being opened; wait".formatted(view.id()));
            case ViewState.Failed failed ->
                throw new HoldfastException(
                        JournalError.FILE_VIEW_FAILED,
                        "file view %s has failed, open another: %s: %s"
                                .formatted(view.id(), failed.code(), failed.sentence()));
            case ViewState.Expired expired ->
                throw new HoldfastException(
                        JournalError.FILE_VIEW_EXPIRED,
                        "file view %s has ended, open another: %s".formatted(view.id(), expired.sentence()));
        }
    }
}
