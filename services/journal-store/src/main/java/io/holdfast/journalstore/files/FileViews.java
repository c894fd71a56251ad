package io.holdfast.journalstore.files;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The file views of a store. A view holds its point from its order until it ends: closed by its user, expired, failed, or with the store. Ended views are shown for a
 * while, so that their user learns why. Safe for any number of threads.
 */
public final class FileViews implements AutoCloseable {
    /** Ended views that are remembered. */
    static final int REMEMBERED = 64;

    static final Duration REMEMBERED_FOR = Duration.ofHours(1);

    /**
     * @param volumes empty = all of the point
     * @param idempotencyKey empty = none
     */
    public record Order(PgId pg, Point point, List<VolumeId> volumes, String idempotencyKey) {}

    private record Kept(Order order, LiveView live) {}

    private final OpenedPoint.Source points;
    private final Optional<Appliance.Maker> maker;
    private final FileLimits limits;
    private final Clock clock;
    private final ViewEvents events;
    private final Map<UUID, Kept> views = new LinkedHashMap<>();
    private boolean closed;

    /** @param maker empty = file views are switched off, and every order is refused */
    public FileViews(
            OpenedPoint.Source points,
            Optional<Appliance.Maker> maker,
            FileLimits limits,
            Clock clock,
            ViewEvents events) {
        this.points = points;
        this.maker = maker;
        this.limits = limits;
        this.clock = clock;
        this.events = events;
    }

    /**
     * Orders a view, or finds the one that the same order has made. It opens on a thread of its own.
     *
     * @throws HoldfastException {@code FILES_DISABLED}, {@code FILE_VIEWS_EXHAUSTED}, {@code IDEMPOTENCY_KEY_REUSED}, and what opening the point says
     */
    public synchronized FileView open(Order order) {
        Appliance.Maker appliances = maker.orElseThrow(() -> new HoldfastException(
                JournalError.FILES_DISABLED, "holdfast.journal.files.directory is not set on this store"));
        if (closed) {
            throw new HoldfastException(JournalError.FILE_TOOLS_FAILED, "the journal-store is being stopped");
        }
        Optional<FileView> before = repeated(order);
        if (before.isPresent()) {
            return before.get();
        }
        long open = count();
        if (open >= limits.views()) {
            throw new HoldfastException(
                    JournalError.FILE_VIEWS_EXHAUSTED,
                    "%d file views are open, as many as holdfast.journal.files.view-limit allows; close one, or wait"
                            .formatted(open));
        }
        forgetOldest();
        OpenedPoint point = points.open(order.pg(), order.point(), order.volumes());
        try {
            UUID id = UUID.randomUUID();
            Instant now = clock.instant();
            FileView view = new FileView(
                    id,
                    order.pg(),
                    point.lsn(),
                    point.checkpoint(),
                    point.volumes(),
                    now,
                    now,
                    new ViewState.Opening(),
                    List.of());
            LiveView live = new LiveView(view, point, appliances.prepare(id, point), limits, clock, events);
            views.put(id, new Kept(order, live));
            Thread.ofVirtual().name("file-view-" + id).start(live::open);
            return view;
        } catch (RuntimeException failed) {
            point.close();
            throw failed;
        }
    }

    private Optional<FileView> repeated(Order order) {
        if (order.idempotencyKey().isEmpty()) {
            return Optional.empty();
        }
        Optional<Kept> before = views.values().stream()
                .filter(kept -> kept.order().pg().equals(order.pg())
                        && kept.order().idempotencyKey().equals(order.idempotencyKey()))
                .findFirst();
        if (before.filter(kept -> !kept.order().equals(order)).isPresent()) {
            throw new HoldfastException(
                    CommonError.IDEMPOTENCY_KEY_REUSED,
                    "the Idempotency-Key was used for another file view of this group");
        }
        return before.map(kept -> kept.live().view());
    }

    private void forgetOldest() {
        long ended = views.values().stream().filter(FileViews::isEnded).count();
        if (ended >= REMEMBERED) {
            views.entrySet().stream()
                    .filter(entry -> isEnded(entry.getValue()))
                    .findFirst()
                    .map(Map.Entry::getKey)
                    .ifPresent(views::remove);
        }
    }

    private static boolean isEnded(Kept kept) {
        return kept.live().view().state().isEnded();
    }

    /** How many are open, or being opened. */
    public synchronized long count() {
        return views.values().stream().filter(kept -> !isEnded(kept)).count();
    }

    /** In the order of their orders. */
    public synchronized List<FileView> of(PgId pg) {
        return views.values().stream()
                .map(kept -> kept.live().view())
                .filter(view -> view.pg().equals(pg))
                .toList();
    }

    /** @throws HoldfastException {@code FILE_VIEW_NOT_FOUND} */
    public FileView require(PgId pg, UUID id) {
        return live(pg, id).view();
    }

    private synchronized LiveView live(PgId pg, UUID id) {
        return find(pg, id)
                .orElseThrow(() -> new HoldfastException(
                        JournalError.FILE_VIEW_NOT_FOUND, "group %s has no file view %s".formatted(pg, id)));
    }

    private Optional<LiveView> find(PgId pg, UUID id) {
        return Optional.ofNullable(views.get(id))
                .map(Kept::live)
                .filter(live -> live.view().pg().equals(pg));
    }

    /** What {@link #list} and the others of a view may throw besides their own: {@code FILE_VIEW_NOT_FOUND}, {@code …NOT_READY}, {@code …FAILED}, {@code …EXPIRED}. */
    public List<GuestFileSystem> fileSystems(PgId pg, UUID id) {
        return live(pg, id).fileSystems();
    }

    /**
     * Part of a folder, by name.
     *
     * @param device of the file system; empty = the only one that has files
     * @throws HoldfastException {@code NO_FILE_SYSTEM}, {@code FILE_VIEW_BUSY}, and what {@link Appliance#list} says
     */
    public List<GuestEntry> list(
            PgId pg, UUID id, Optional<String> device, GuestPath folder, Optional<GuestText> after, int limit) {
        LiveView live = live(pg, id);
        GuestFileSystem fileSystem = live.fileSystem(device);
        return live.use(appliance -> appliance.list(fileSystem, folder, after, limit));
    }

    /**
     * The content of a file; links are followed inside its file system.
     *
     * @throws HoldfastException {@code NO_FILE_SYSTEM}, {@code FILE_VIEW_BUSY}, {@code FILE_NOT_FOUND}, {@code NOT_A_FILE}
     */
    public FileContent content(PgId pg, UUID id, Optional<String> device, GuestPath path) {
        LiveView live = live(pg, id);
        GuestFileSystem fileSystem = live.fileSystem(device);
        GuestEntry entry = live.use(appliance -> appliance.look(fileSystem, path));
        if (entry.kind() != GuestEntry.Kind.FILE) {
            throw new HoldfastException(
                    JournalError.NOT_A_FILE,
                    "%s is a %s".formatted(path, entry.kind().name()));
        }
        return new FileContent(live, fileSystem, path, entry);
    }

    /** Ends a view for good. One that is not there is fine. */
    public void close(PgId pg, UUID id) {
        Optional<LiveView> found;
        synchronized (this) {
            found = find(pg, id);
            found.ifPresent(_ -> views.remove(id));
        }
        found.ifPresent(LiveView::release);
    }

    /** Ends what has had its time, and forgets what ended long ago. Called every second or so. */
    public void expire() {
        Instant now = clock.instant();
        List<Kept> all;
        synchronized (this) {
            all = List.copyOf(views.values());
        }
        all.forEach(kept -> kept.live().look(now));
        synchronized (this) {
            views.values().removeIf(kept -> endOf(kept.live().view().state())
                    .filter(end -> !now.isBefore(end.plus(REMEMBERED_FOR)))
                    .isPresent());
        }
    }

    private static Optional<Instant> endOf(ViewState state) {
        return switch (state) {
            case ViewState.Failed failed -> Optional.of(failed.at());
            case ViewState.Expired expired -> Optional.of(expired.at());
            case ViewState.Opening _, ViewState.Ready _ -> Optional.empty();
        };
    }

    /** Ends all of them. */
    @Override
    public void close() {
        List<Kept> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(views.values());
            views.clear();
        }
        all.forEach(kept -> kept.live().release());
    }
}
