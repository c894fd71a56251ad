package io.holdfast.cli.failback;

import java.util.List;
import java.util.stream.Collectors;

/** What comes next. */
public sealed interface Decision {
    /** A step that can be done now. */
    record Do(Step step) implements Decision {}

    /** A site is at work. @param words what is waited for */
    record Await(Line line, String words) implements Decision {}

    /** Nothing is done, and a person has to see to it. */
    record Refuse(Line line, Refusal code, String words) implements Decision {}

    /** Nothing is left of what was asked about. */
    record Done() implements Decision {}

    Decision DONE = new Done();

    /** Of things that go side by side: a refusal of one holds all up, and none waits while another can do something. */
    static Decision of(List<Decision> sideBySide) {
        return sideBySide.stream()
                .filter(Refuse.class::isInstance)
                .findFirst()
                .or(() -> sideBySide.stream().filter(Do.class::isInstance).findFirst())
                .orElseGet(() -> together(sideBySide.stream()
                        .filter(Await.class::isInstance)
                        .map(Await.class::cast)
                        .toList()));
    }

    private static Decision together(List<Await> waits) {
        return waits.isEmpty()
                ? DONE
                : new Await(
                        waits.stream().map(Await::line).min(Enum::compareTo).orElseThrow(),
                        waits.stream().map(Await::words).distinct().collect(Collectors.joining("; ")));
    }
}
