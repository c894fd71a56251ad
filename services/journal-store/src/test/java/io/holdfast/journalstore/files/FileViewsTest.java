package io.holdfast.journalstore.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.testkit.Eventually;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FileViewsTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private static final FileLimits LIMITS = new FileLimits(
            2,
            Duration.ofMinutes(3),
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            Duration.ofMillis(50));

    private final PgId pg = new PgId(UUID.randomUUID());
    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final AtomicInteger points = new AtomicInteger();
    private final List<FakeAppliance> appliances = new CopyOnWriteArrayList<>();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final FileViews views = new FileViews(
            (group, point, volumes) -> new CountedPoint(),
            Optional.of((view, point) -> {
                FakeAppliance made = new FakeAppliance();
                appliances.add(made);
                return made;
            }),
            LIMITS,
            new Clock() {
                @Override
                public Instant instant() {
                    return now.get();
                }

                @Override
                public ZoneOffset getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(java.time.ZoneId zone) {
                    return this;
                }
            },
            new ViewEvents() {
                @Override
                public void opened(Duration took) {}

                @Override
                public void failed() {
                    failures.incrementAndGet();
                }

                @Override
                public void read(long count) {
                    bytes.addAndGet(count);
                }
            });

    private final class CountedPoint implements OpenedPoint {
        private boolean closed;

        private CountedPoint() {
            points.incrementAndGet();
        }

        @Override
        public Lsn lsn() {
            return Lsn.of(7);
        }

        @Override
        public Optional<CheckpointId> checkpoint() {
            return Optional.empty();
        }

        @Override
        public List<Volume> volumes() {
            return List.of();
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                points.decrementAndGet();
            }
        }
    }

    private FileView order(String key) {
        return views.open(new FileViews.Order(pg, new Point.Latest(), List.of(), key));
    }

    private FileView ready() {
        FileView view = order("");
        appliances.getLast().mayOpen.countDown();
        appliances.getLast().mayAnswer.countDown();
        awaitState(view, ViewState.Ready.class);
        return view;
    }

    private void awaitState(FileView view, Class<? extends ViewState> state) {
        Eventually.await(
                "the view is " + state,
                SOON,
                () -> state.isInstance(views.require(pg, view.id()).state()));
    }

    private List<GuestEntry> list(FileView view) {
        return views.list(pg, view.id(), Optional.empty(), GuestPath.ROOT, Optional.empty(), 10);
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable what) {
        assertThatThrownBy(what).isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                .as("%s", refused)
                .isEqualTo(code));
    }

    @Test
    void the_same_order_gives_the_same_view_and_another_under_its_key_is_refused() {
        FileView first = order("key");
        assertThat(order("key").id()).isEqualTo(first.id());
        assertRefused(
                CommonError.IDEMPOTENCY_KEY_REUSED,
                () -> views.open(new FileViews.Order(pg, new Point.AtLsn(Lsn.of(1)), List.of(), "key")));
        assertThat(points).hasValue(1);
    }

    @Test
    void no_more_views_open_than_are_allowed_and_an_ended_one_makes_room() {
        FileView first = order("");
        order("");
        assertRefused(JournalError.FILE_VIEWS_EXHAUSTED, () -> order(""));
        assertThat(points).as("a refused order opens no point").hasValue(2);
        views.close(pg, first.id());
        assertThat(order("").state()).isInstanceOf(ViewState.Opening.class);
    }

    @Test
    void a_view_that_opens_cannot_be_used_and_one_closed_meanwhile_never_opens() {
        FileView view = order("");
        assertRefused(JournalError.FILE_VIEW_NOT_READY, () -> list(view));
        views.close(pg, view.id());
        views.close(pg, view.id());
        assertRefused(JournalError.FILE_VIEW_NOT_FOUND, () -> list(view));
        assertThat(points).hasValue(0);
        assertThat(appliances.getFirst().closings).isPositive();
    }

    @Test
    void a_view_whose_appliance_does_not_start_has_failed_with_the_reason() {
        FileView view = order("");
        appliances.getFirst().refusal = new HoldfastException(JournalError.FILE_TOOLS_MISSING, "no libguestfs");
        appliances.getFirst().mayOpen.countDown();
        awaitState(view, ViewState.Failed.class);
        Eventually.await("the point is given back", SOON, () -> points.get() == 0);
        assertThat(views.require(pg, view.id()).state())
                .isEqualTo(new ViewState.Failed("FILE_TOOLS_MISSING", "no libguestfs", START));
        assertRefused(JournalError.FILE_VIEW_FAILED, () -> list(view));
        assertThat(failures).hasValue(1);
    }

    @Test
    void a_view_ends_when_nobody_uses_it_and_after_its_life_even_if_somebody_does() {
        FileView view = ready();
        now.set(START.plus(Duration.ofMinutes(4)));
        list(view);
        now.set(START.plus(Duration.ofMinutes(8)));
        views.expire();
        assertThat(views.require(pg, view.id()).state())
                .as("used 4 minutes ago")
                .isInstanceOf(ViewState.Ready.class);
        now.set(START.plus(Duration.ofMinutes(9)));
        views.expire();
        assertRefused(JournalError.FILE_VIEW_EXPIRED, () -> list(view));
        assertThat(points).hasValue(0);

        FileView busy = ready();
        for (int minutes = 0; minutes < 60; minutes += 4) {
            now.set(busy.openedAt().plus(Duration.ofMinutes(minutes)));
            views.expire();
            list(busy);
        }
        now.set(busy.openedAt().plus(Duration.ofMinutes(60)));
        views.expire();
        assertRefused(JournalError.FILE_VIEW_EXPIRED, () -> list(busy));
        now.set(now.get().plus(FileViews.REMEMBERED_FOR));
        views.expire();
        assertRefused(JournalError.FILE_VIEW_NOT_FOUND, () -> list(busy));
        assertThat(failures).as("to expire is no failure").hasValue(0);
    }

    @Test
    void a_view_whose_appliance_dies_has_failed_when_somebody_asks_and_when_nobody_does() {
        FileView asked = ready();
        appliances.getLast().die();
        assertRefused(JournalError.FILE_VIEW_FAILED, () -> list(asked));
        FileView silent = ready();
        appliances.getLast().die();
        views.expire();
        assertThat(views.require(pg, silent.id()).state()).isInstanceOf(ViewState.Failed.class);
        assertThat(points).hasValue(0);
        assertThat(failures).hasValue(2);
    }

    @Test
    void a_request_waits_for_the_one_before_it_and_not_for_ever() throws Exception {
        FileView view = order("");
        appliances.getFirst().mayOpen.countDown();
        awaitState(view, ViewState.Ready.class);
        Thread slow = Thread.ofVirtual().start(() -> list(view));
        appliances.getFirst().asked.await();
        assertRefused(JournalError.FILE_VIEW_BUSY, () -> list(view));
        appliances.getFirst().mayAnswer.countDown();
        slow.join();
        assertThat(list(view)).hasSize(1);
    }

    @Test
    void the_only_file_system_with_files_needs_no_name_and_a_folder_has_no_content() throws Exception {
        FileView view = ready();
        FileContent content = views.content(pg, view.id(), Optional.empty(), GuestPath.parse("/file"));
        assertThat(content.fileSystem().device()).isEqualTo("/dev/sda2");
        content.copyTo(OutputStream.nullOutputStream(), 0, FakeAppliance.SIZE);
        assertThat(bytes).hasValue(FakeAppliance.SIZE);
        assertRefused(
                JournalError.NOT_A_FILE,
                () -> views.content(pg, view.id(), Optional.empty(), GuestPath.parse("/folder")));
        assertRefused(
                JournalError.NO_FILE_SYSTEM,
                () -> views.content(pg, view.id(), Optional.of("/dev/sdb"), GuestPath.parse("/file")));
    }

    @Test
    void with_the_store_all_views_end_and_none_is_opened_any_more() {
        ready();
        order("");
        views.close();
        assertThat(points).hasValue(0);
        assertThat(appliances).allSatisfy(one -> assertThat(one.closings).isPositive());
        assertRefused(JournalError.FILE_TOOLS_FAILED, () -> order(""));
    }

    @Test
    void without_a_folder_for_them_every_order_is_refused() {
        FileViews off = new FileViews(
                (group, point, volumes) -> new CountedPoint(),
                Optional.empty(),
                LIMITS,
                Clock.systemUTC(),
                ViewEvents.NONE);
        assertRefused(
                JournalError.FILES_DISABLED,
                () -> off.open(new FileViews.Order(pg, new Point.Latest(), List.of(), "")));
        assertThat(points).hasValue(0);
    }
}
