package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalAgeing;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.space.Forecast;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Instant;
import java.util.Optional;

/** A journal's folder as the store has it. */
public sealed interface JournalSlot {
    /** It works, or can be made to work again. */
    final class Open implements JournalSlot {
        private final Journal journal;
        private final JournalAgeing ageing;
        private volatile boolean limitReached;
        private volatile HoldfastException ageingFailure;
        private final Forecast growth = new Forecast();
        private volatile ScrubStatus scrub = ScrubStatus.NEVER;
        private Optional<JournalPolicy> postponed = Optional.empty();

        Open(Journal journal, JournalAgeing ageing) {
            this.journal = journal;
            this.ageing = ageing;
        }

        public Journal journal() {
            return journal;
        }

        /** The size limit is exceeded and nothing may be aged: apply pauses. */
        public boolean limitReached() {
            return limitReached;
        }

        /** A policy that is followed as soon as nothing is applied again; with the store's lock. */
        Optional<JournalPolicy> postponed() {
            return postponed;
        }

        void postponed(Optional<JournalPolicy> policy) {
            postponed = policy;
        }

        /** How the history grows. */
        Forecast growth() {
            return growth;
        }

        /** How its checking stands. */
        public ScrubStatus scrub() {
            return scrub;
        }

        void scrub(ScrubStatus now) {
            scrub = now;
        }

        /** Why the last ageing round failed; null = it did not. */
        public HoldfastException ageingFailure() {
            return ageingFailure;
        }

        /**
         * One bounded step of ageing. One thread.
         *
         * @return what it did; a failure is kept, shown and tried again with the next step
         */
        public JournalAgeing.Outcome age(Instant now) {
            try {
                JournalAgeing.Outcome outcome = ageing.run(now);
                limitReached = outcome.stuck();
                ageingFailure = null;
                return outcome;
            } catch (HoldfastException failed) {
                ageingFailure = failed;
                return new JournalAgeing.Outcome(0, false, limitReached);
            }
        }
    }

    /** It exists and cannot be opened; nothing in it was changed. */
    record Unusable(HoldfastException cause) implements JournalSlot {}
}
