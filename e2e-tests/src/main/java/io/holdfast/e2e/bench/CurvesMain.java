package io.holdfast.e2e.bench;

import io.holdfast.journalstore.adapter.store.JournalStore;
import java.io.IOException;
import java.nio.file.Path;

/** What grows with the number of checkpoints, the size of the disk and the length of the history, inside the journal-store's own code. */
public final class CurvesMain {
    /** A line: this, then which curve, the place on it, and one or two numbers. */
    static final String RESULT = "curve: ";

    static final String CHECKPOINTS = "checkpoints";
    static final String DISK_GIBIBYTES = "disk";
    static final String CHANGES = "changes";

    static final int[] CHECKPOINT_COUNTS = {10, 1_000, 100_000};
    static final int[] DISK_SIZES = {1, 32, 1024};

    private static final int ROUNDS = 400;
    private static final long GIB = 1L << 30;
    private static final long CHECKPOINTED_BYTES = GIB;
    private static final int CHECKPOINTS_OF_A_DISK = 2_000;
    private static final long LONG_JOURNAL_BYTES = 64 * GIB;
    /** Applied and timed at each length; 200 MB. */
    private static final int SAMPLE_CHANGES = 50_000;

    private CurvesMain() {}

    /** @param arguments an empty folder; the longest history, in changes */
    public static void main(String[] arguments) throws IOException {
        long longest = Long.parseLong(arguments[1]);
        try (JournalStore store = BenchStore.open(Path.of(arguments[0]))) {
            checkpoints(store);
            disks(store);
            history(store, longest);
        }
    }

    private static void checkpoints(JournalStore store) throws IOException {
        BenchJournal journal = new BenchJournal(store, CHECKPOINTED_BYTES);
        int listed = 0;
        for (int count : CHECKPOINT_COUNTS) {
            journal.list(count - listed);
            listed = count;
            print(CHECKPOINTS, count, journal.open(ROUNDS).median());
        }
    }

    private static void disks(JournalStore store) throws IOException {
        for (int gibibytes : DISK_SIZES) {
            BenchJournal journal = new BenchJournal(store, gibibytes * GIB);
            journal.list(CHECKPOINTS_OF_A_DISK);
            print(DISK_GIBIBYTES, gibibytes, journal.open(ROUNDS).median());
        }
    }

    /** Places: a tenth of the longest, and the longest. */
    private static void history(JournalStore store, long longest) throws IOException {
        new BenchJournal(store, LONG_JOURNAL_BYTES).apply(SAMPLE_CHANGES);
        BenchJournal journal = new BenchJournal(store, LONG_JOURNAL_BYTES);
        for (long length : new long[] {longest / 10, longest}) {
            journal.apply(Math.max(0, length - journal.changes() - SAMPLE_CHANGES));
            double seconds = journal.apply(SAMPLE_CHANGES);
            print(
                    CHANGES,
                    length,
                    SAMPLE_CHANGES * 4096.0 / 1e6 / seconds,
                    journal.readAsOf(ROUNDS).median());
        }
    }

    private static void print(String curve, long place, double... numbers) {
        StringBuilder line = new StringBuilder(RESULT).append(curve).append(' ').append(place);
        for (double number : numbers) {
            line.append(' ').append(number);
        }
        System.out.println(line);
    }
}
