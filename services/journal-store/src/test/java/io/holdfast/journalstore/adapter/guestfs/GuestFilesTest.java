package io.holdfast.journalstore.adapter.guestfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.files.FileContent;
import io.holdfast.journalstore.files.FileLimits;
import io.holdfast.journalstore.files.FileView;
import io.holdfast.journalstore.files.FileViews;
import io.holdfast.journalstore.files.GuestEntry;
import io.holdfast.journalstore.files.GuestFileSystem;
import io.holdfast.journalstore.files.GuestPath;
import io.holdfast.journalstore.files.GuestText;
import io.holdfast.journalstore.files.ViewEvents;
import io.holdfast.journalstore.files.ViewState;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.guest.GuestParts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real libguestfs on real file systems, through the journal. One view serves all tests but those that end one: an appliance takes its time to start. */
class GuestFilesTest {
    private static final Duration SOON = Duration.ofSeconds(180);
    private static final Duration ANSWER = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static Path directory;
    private static GuestDisks disks;
    private static FileViews views;
    private static Point point;
    private static FileView view;

    @BeforeAll
    static void open() throws Exception {
        GuestImages images = new GuestImages(folder);
        disks = new GuestDisks(folder, List.of(images.ext4(), images.xfs(), images.ntfs(), images.damagedExt4()));
        point = disks.sync();
        directory = Files.createTempDirectory("hf-files");
        views = start();
        view = opened();
    }

    private static FileViews start() {
        GuestfsOptions options = new GuestfsOptions(directory, Optional.of(GuestParts.appliance()), 512L << 20, true);
        FileLimits limits = new FileLimits(2, SOON, Duration.ofHours(1), Duration.ofHours(1), ANSWER, ANSWER);
        return new FileViews(
                JournalPoint.of(disks.store.store),
                Optional.of(GuestfsMaker.start(options, ANSWER)),
                limits,
                Clock.systemUTC(),
                ViewEvents.NONE);
    }

    private static FileView opened() {
        FileView ordered = views.open(new FileViews.Order(disks.group.pg, point, List.of(), ""));
        Eventually.await(
                "view %s has opened".formatted(ordered.id()),
                SOON,
                () -> !(now(ordered).state() instanceof ViewState.Opening));
        assertThat(now(ordered).state()).isInstanceOf(ViewState.Ready.class);
        return now(ordered);
    }

    private static FileView now(FileView one) {
        return views.require(one.pg(), one.id());
    }

    @AfterAll
    static void close() throws IOException {
        if (views != null) {
            views.close();
            assertThat(MarkedProcesses.of(directory).find()).isEmpty();
            assertThat(ViewFolder.in(directory).stream()
                            .filter(one -> one.toString().contains("view-")))
                    .isEmpty();
            ViewFolder.remove(directory);
        }
        if (disks != null) {
            disks.close();
        }
    }

    private static List<GuestEntry> list(String device, String path) {
        return views.list(view.pg(), view.id(), Optional.of(device), GuestPath.parse(path), Optional.empty(), 1000);
    }

    private static List<String> names(List<GuestEntry> entries) {
        return entries.stream().map(entry -> entry.name().shown()).toList();
    }

    private static FileContent content(String device, String path) {
        return views.content(view.pg(), view.id(), Optional.of(device), GuestPath.parse(path));
    }

    private static String text(String device, String path) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FileContent content = content(device, path);
        content.copyTo(out, 0, content.entry().sizeBytes());
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void assertRefused(JournalError code, org.assertj.core.api.ThrowableAssert.ThrowingCallable what) {
        AbstractThrowableAssert<?, ?> thrown = assertThatThrownBy(what).isInstanceOf(HoldfastException.class);
        thrown.satisfies(error -> assertThat(((HoldfastException) error).code())
                .as(error.toString())
                .isEqualTo(code));
    }

    @Test
    void all_file_systems_of_all_disks_are_found_with_what_they_are() {
        assertThat(views.fileSystems(view.pg(), view.id()))
                .extracting(
                        GuestFileSystem::device,
                        GuestFileSystem::type,
                        GuestFileSystem::label,
                        GuestFileSystem::sizeBytes)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("/dev/sda", "ext4", "data", 128 * GuestImages.MIB),
                        org.assertj.core.groups.Tuple.tuple("/dev/sdb", "xfs", "xfsdata", 320 * GuestImages.MIB),
                        org.assertj.core.groups.Tuple.tuple("/dev/sdc1", "ntfs", "windows", 16 * GuestImages.MIB),
                        org.assertj.core.groups.Tuple.tuple("/dev/sdd", "ext4", "broken", 16 * GuestImages.MIB));
        assertThat(views.fileSystems(view.pg(), view.id()))
                .extracting(one -> one.volume().orElseThrow())
                .containsExactlyInAnyOrderElementsOf(disks.volumes);
    }

    @Test
    void files_of_ext4_xfs_and_ntfs_are_read() throws Exception {
        assertThat(text("/dev/sda", "/etc/hostname")).isEqualTo("db1\n");
        assertThat(text("/dev/sdb", "/srv/notes")).isEqualTo("on xfs\n");
        assertThat(text("/dev/sdc1", "/Bericht für Müller.txt")).isEqualTo("on ntfs\r\n");
        GuestEntry notes = list("/dev/sdb", "/srv").getFirst();
        assertThat(notes.kind()).isEqualTo(GuestEntry.Kind.FILE);
        assertThat(notes.mode()).isEqualTo(0640);
        assertThat(notes.uid()).isEqualTo(1000);
        assertThat(notes.gid()).isEqualTo(1001);
        assertThat(notes.sizeBytes()).isEqualTo(7);
        assertThat(names(list("/dev/sdc1", "/"))).contains("Bericht für Müller.txt");
    }

    @Test
    void names_of_any_bytes_are_listed_and_fetched_by_what_the_list_says() throws Exception {
        List<GuestEntry> found = list("/dev/sda", "/hostile");
        List<GuestText> expected = new ArrayList<>(GuestImages.HOSTILE.stream()
                .map(name -> GuestText.of(name.getBytes(StandardCharsets.UTF_8)))
                .toList());
        GuestImages.FOREIGN.forEach(name -> expected.add(GuestText.of(name.getBytes(StandardCharsets.UTF_8))));
        expected.add(new GuestText("caf\u00e9"));
        expected.add(new GuestText("disk"));
        expected.add(new GuestText("pipe"));
        assertThat(found).extracting(GuestEntry::name).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(names(found))
                .contains(
                        "caf\\xe9",
                        "two\\x0alines",
                        "back\\\\slash",
                        "\\x1b[31mred",
                        "Grüße-文件",
                        "\\xe2\\x80\\xaetxt.exe");
        for (GuestEntry entry : found) {
            String path = "/hostile/" + entry.name().shown();
            if (entry.kind() == GuestEntry.Kind.SPECIAL) {
                assertRefused(JournalError.NOT_A_FILE, () -> content("/dev/sda", path));
            } else {
                String name = new String(entry.name().bytes(), StandardCharsets.UTF_8);
                assertThat(text("/dev/sda", path))
                        .isEqualTo(GuestImages.HOSTILE.contains(name) ? "content of " + name : "db1\n");
            }
        }
    }

    @Test
    void a_folder_is_listed_page_by_page_each_name_once() {
        List<String> all = new ArrayList<>();
        Optional<GuestText> after = Optional.empty();
        List<GuestEntry> page;
        do {
            page = views.list(view.pg(), view.id(), Optional.of("/dev/sda"), GuestPath.parse("/many/"), after, 100);
            all.addAll(names(page));
            after = page.isEmpty() ? after : Optional.of(page.getLast().name());
        } while (!page.isEmpty());
        assertThat(all).hasSize(250).doesNotHaveDuplicates().isSorted().contains("n000", "n249");
        assertThat(list("/dev/sda", "/etc/empty")).isEmpty();
    }

    @Test
    void a_large_file_comes_whole_and_in_any_part_and_holes_are_zeroes() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        FileContent big = content("/dev/sda", "/big.bin");
        try (DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            big.copyTo(out, 0, big.entry().sizeBytes());
        }
        byte[] expected = GuestImages.big();
        assertThat(digest.digest())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(expected));
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        big.copyTo(part, 5_000_001, 3_000_000);
        assertThat(part.toByteArray()).isEqualTo(java.util.Arrays.copyOfRange(expected, 5_000_001, 8_000_001));

        FileContent sparse = content("/dev/sda", "/sparse");
        assertThat(sparse.entry().sizeBytes()).isEqualTo(GuestImages.SPARSE_BYTES);
        ByteArrayOutputStream middle = new ByteArrayOutputStream();
        sparse.copyTo(middle, GuestImages.SPARSE_BYTES / 2 - 3, 19);
        assertThat(middle.toString(StandardCharsets.UTF_8)).isEqualTo("\0\0\0in the middle\0\0\0");
        assertThat(text("/dev/sda", "/nothing")).isEmpty();
    }

    @Test
    void links_are_shown_and_lead_nowhere_but_into_their_own_file_system() throws Exception {
        assertThat(list("/dev/sda", "/"))
                .filteredOn(entry -> entry.name().shown().equals("outside"))
                .singleElement()
                .satisfies(link -> assertThat(link.kind()).isEqualTo(GuestEntry.Kind.LINK))
                .satisfies(link -> assertThat(link.linkTarget().orElseThrow().shown())
                        .isEqualTo("../../../../../../etc/os-release"));
        assertThat(text("/dev/sda", "/link-to-name")).isEqualTo("db1\n");
        assertThat(text("/dev/sda", "/absolute")).isEqualTo("db1\n");
        for (String link : List.of("/outside", "/to-proc", "/circle")) {
            assertRefused(JournalError.FILE_NOT_FOUND, () -> content("/dev/sda", link));
        }
    }

    @Test
    void what_is_not_there_or_not_a_file_is_said() {
        assertRefused(JournalError.FILE_NOT_FOUND, () -> list("/dev/sda", "/missing"));
        assertRefused(JournalError.FILE_NOT_FOUND, () -> content("/dev/sda", "/etc/missing"));
        assertRefused(JournalError.NOT_A_FOLDER, () -> list("/dev/sda", "/etc/hostname"));
        assertRefused(JournalError.NOT_A_FOLDER, () -> content("/dev/sda", "/etc/hostname/below"));
        assertRefused(JournalError.NOT_A_FILE, () -> content("/dev/sda", "/etc"));
        assertRefused(JournalError.NO_FILE_SYSTEM, () -> list("/dev/sdz9", "/"));
        assertRefused(
                JournalError.NO_FILE_SYSTEM,
                () -> views.content(view.pg(), view.id(), Optional.empty(), GuestPath.parse("/etc/hostname")));
    }

    @Test
    void a_damaged_file_system_is_named_and_the_others_are_read_on() throws Exception {
        assertRefused(JournalError.FILE_SYSTEM_UNREADABLE, () -> list("/dev/sdd", "/"));
        assertThat(text("/dev/sda", "/etc/hostname")).isEqualTo("db1\n");
    }

    /** As after a crash of the store, whose processes have another parent by then. */
    @Test
    void what_a_store_that_died_has_left_ends_when_the_next_one_starts_and_nothing_else_does() throws Exception {
        Path theirs = Files.createTempDirectory("hf-old");
        Path view = Files.createDirectories(theirs.resolve("view-0badcafe/libguestfs"));
        Files.writeString(view.resolve("overlay1.qcow2"), "x");
        Process orphan = sleeping(view.getParent().toString());
        Process other = sleeping(theirs + "-of-another-store/view-1");
        try {
            GuestfsMaker.start(new GuestfsOptions(theirs, Optional.empty(), 512L << 20, true), ANSWER);
            assertThat(orphan.onExit()
                            .get(60, java.util.concurrent.TimeUnit.SECONDS)
                            .exitValue())
                    .isEqualTo(128 + 9);
            assertThat(ViewFolder.in(theirs)).isEmpty();
            assertThat(other.isAlive()).isTrue();
        } finally {
            orphan.destroyForcibly();
            other.destroyForcibly();
            ViewFolder.remove(theirs);
        }
    }

    private static Process sleeping(String mark) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sleep", "600");
        builder.environment().put(MarkedProcesses.VARIABLE, mark);
        return builder.start();
    }

    @Test
    void after_sigkill_a_view_has_failed_its_leftovers_go_and_the_next_one_works() throws Exception {
        FileView doomed = opened();
        Path own = directory.resolve("view-" + doomed.id().toString().substring(0, 8));
        List<ProcessHandle> processes = MarkedProcesses.of(own).find();
        assertThat(processes).as("java, libguestfs' own and qemu").hasSizeGreaterThanOrEqualTo(2);
        FileContent big = views.content(doomed.pg(), doomed.id(), Optional.of("/dev/sda"), GuestPath.parse("/big.bin"));
        OutputStream killing = new OutputStream() {
            @Override
            public void write(int one) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                processes.forEach(ProcessHandle::destroyForcibly);
            }
        };
        assertRefused(
                JournalError.FILE_VIEW_FAILED,
                () -> big.copyTo(killing, 0, big.entry().sizeBytes()));
        assertThat(now(doomed).state())
                .isInstanceOfSatisfying(ViewState.Failed.class, failed -> assertThat(failed.code())
                        .isEqualTo(JournalError.FILE_TOOLS_FAILED.name()));
        assertThat(MarkedProcesses.of(own).find()).isEmpty();
        assertThat(own).doesNotExist();
        assertThat(disks.store.journal().leases().count())
                .as("only the shared view holds its point")
                .isEqualTo(1);
        assertThat(text("/dev/sda", "/etc/hostname")).isEqualTo("db1\n");
    }
}
