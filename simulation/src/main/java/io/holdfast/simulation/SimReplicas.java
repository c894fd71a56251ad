package io.holdfast.simulation;

import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationrouter.runtime.ReplicaReader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The way of routers to the journals, for hashes. The schedule says when a journal looks at what it holds, and when its answer arrives; both in any order, and the
 * answer long after the look. Or nobody answers, and the router's patience ends.
 */
final class SimReplicas implements ReplicaReader {
    private record Asked(Question question, Consumer<Answer> answer) {}

    private final Schedule schedule;
    private final Function<PgId, SimJournal> journals;
    private final List<Asked> asked = new ArrayList<>();
    private final List<Runnable> underway = new ArrayList<>();

    SimReplicas(Schedule schedule, Function<PgId, SimJournal> journals) {
        this.schedule = schedule;
        this.journals = journals;
    }

    @Override
    public void read(String restAddress, Question question, Consumer<Answer> answer) {
        asked.add(new Asked(question, answer));
    }

    /** A journal looks. */
    void look() {
        if (!asked.isEmpty()) {
            look(asked.remove(schedule.below(asked.size())));
        }
    }

    private void look(Asked one) {
        Answer answer = journals.apply(one.question().pg()).hashes(one.question());
        underway.add(() -> one.answer().accept(answer));
    }

    /** An answer reaches the router. */
    void arrive() {
        if (!underway.isEmpty()) {
            underway.remove(schedule.below(underway.size())).run();
        }
    }

    /** No journal was reached, and the router has waited long enough. */
    void expire() {
        if (!asked.isEmpty()) {
            asked.remove(schedule.below(asked.size())).answer().accept(Answer.refused("JOURNAL_UNAVAILABLE"));
        }
    }

    /** Every question is answered, now. */
    void answerAll() {
        asked.forEach(this::look);
        asked.clear();
        underway.forEach(Runnable::run);
        underway.clear();
    }

    /** The router that asked is gone. */
    void forget() {
        asked.clear();
        underway.clear();
    }
}
