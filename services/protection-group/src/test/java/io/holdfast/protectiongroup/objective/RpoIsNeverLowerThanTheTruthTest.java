package io.holdfast.protectiongroup.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.TestHistory;
import io.holdfast.protectiongroup.group.Groups;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Invariant 7. A journal lists checkpoints, loses all of them now and then, and speaks of it; its words reach us late, twice, or
 * overtaken by later ones. Whatever is shown as known is at least the true age of the newest checkpoint that the journal had
 * when it was last heard, by the router's clock.
 */
class RpoIsNeverLowerThanTheTruthTest {
    private static final Duration UNCERTAINTY = Duration.ofMillis(100);
    private static final long BASE_SEED = Long.getLong("holdfast.test.seed", 20_260_301L);

    /** Of the simulated world, in true time; clocks are this plus their error. */
    private record Spoken(long trueMillis, long arrivesMillis, Optional<JournalWord.Cut> newest) {}

    @RepeatedTest(200)
    void underDelayedDuplicatedAndOvertakenWords(RepetitionInfo repetition) {
        long seed = BASE_SEED + repetition.getCurrentRepetition();
        Random random = new Random(seed);
        long ourError = random.nextInt(-90, 91);
        long journalError = random.nextInt(-1000, 1001);
        List<Spoken> words = wordsOfAJournal(random);
        List<Spoken> delivered = new ArrayList<>(words);
        words.stream()
                .filter(word -> random.nextInt(5) == 0)
                .forEach(word -> delivered.add(
                        new Spoken(word.trueMillis(), word.arrivesMillis() + random.nextInt(5000), word.newest())));
        delivered.sort(Comparator.comparingLong(Spoken::arrivesMillis));

        Optional<JournalWord> held = Optional.empty();
        Spoken newestHeard = null;
        int next = 0;
        int known = 0;
        for (long millis = 0; millis < 120_000; millis += 100) {
            while (next < delivered.size() && delivered.get(next).arrivesMillis() <= millis) {
                Spoken word = delivered.get(next++);
                held = Optional.of(hear(held, word, ourError, journalError));
                if (newestHeard == null || word.trueMillis() > newestHeard.trueMillis()) {
                    newestHeard = word;
                }
            }
            Instant ourNow = instant(millis + ourError);
            var shown = Rpo.at(ourNow, new DataPlane(held, Map.of(), TestHistory.NONE, Groups.BELIEF), UNCERTAINTY);
            if (shown instanceof Rpo.Known age) {
                known++;
                assertThat(newestHeard.newest())
                        .as("seed %d at %d ms: a checkpoint is shown that the journal has lost", seed, millis)
                        .isPresent();
                Duration truth = Duration.between(newestHeard.newest().get().cutAt(), instant(millis));
                assertThat(age.age()).as("seed %d at %d ms", seed, millis).isGreaterThanOrEqualTo(truth);
                long silent = millis - newestHeard.trueMillis();
                assertThat(silent)
                        .as("seed %d at %d ms: a dead link is shown as known", seed, millis)
                        .isLessThanOrEqualTo(15_000 + 2_000 + 2_000);
            }
        }
        assertThat(known).as("seed %d: the run showed something", seed).isPositive();
    }

    private static JournalWord hear(Optional<JournalWord> held, Spoken word, long ourError, long journalError) {
        Instant at = instant(word.trueMillis() + journalError);
        var read = Groups.journal(
                at, instant(word.arrivesMillis() + ourError), 2, word.newest().orElse(null));
        return JournalWord.after(held, read);
    }

    private static List<Spoken> wordsOfAJournal(Random random) {
        List<Spoken> words = new ArrayList<>();
        Optional<JournalWord.Cut> newest = Optional.empty();
        boolean stalled = false;
        for (long millis = 0; millis < 110_000; millis += 2_000) {
            if (random.nextInt(12) == 0) {
                stalled = !stalled;
            }
            if (random.nextInt(25) == 0) {
                newest = Optional.empty();
            } else if (!stalled) {
                var cutAt = instant(millis - random.nextInt(1, 2_000));
                newest = Optional.of(new JournalWord.Cut(new CheckpointId(Groups.uuid(millis)), cutAt));
            }
            if (random.nextInt(8) != 0) {
                words.add(new Spoken(millis, millis + random.nextInt(1, random.nextBoolean() ? 50 : 9_000), newest));
            }
        }
        return words;
    }

    private static Instant instant(long millis) {
        return Groups.NOW.plusMillis(millis);
    }
}
