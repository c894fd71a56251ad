package io.holdfast.localsite;

import io.holdfast.kernel.id.SiteId;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.adapter.linux.ProcessIdentity;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartListener;
import io.holdfast.localsite.part.PartState;
import io.holdfast.localsite.part.Supervisor;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import io.holdfast.localsite.plan.SiteDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Tells people and the state file what becomes of the parts. Thread-safe. */
final class SiteJournal implements PartListener {
    private final PortPlan ports;
    private final SiteId site;
    private final String owner;
    private final Consumer<String> progress;
    private final StateFile file;
    private final ProcessIdentity self = ProcessIdentity.own();
    private final Instant begun = Instant.now();
    private final Map<Part, PartState> states = new EnumMap<>(Part.class);
    private final Map<Part, ProcessIdentity> processes = new EnumMap<>(Part.class);
    private Supervisor supervisor;
    private String phase = "STARTING";
    private boolean ended;

    SiteJournal(SiteDirectory directory, PortPlan ports, SiteId site, String owner, Consumer<String> progress) {
        this.ports = ports;
        this.site = site;
        this.owner = owner;
        this.progress = progress;
        this.file = new StateFile(directory.state());
    }

    /** The parts to report on; before any is started. */
    synchronized void watch(Supervisor watched) {
        supervisor = watched;
        watched.parts().forEach(part -> states.put(part, watched.state(part)));
        file.write(snapshot(Map.of()));
    }

    @Override
    public synchronized void changed(Part part, PartState now, List<String> lastLogLines) {
        PartState before = states.put(part, now);
        Optional<ProcessIdentity> process = now.processId().stream()
                .mapToObj(ProcessIdentity::of)
                .flatMap(Optional::stream)
                .findFirst();
        process.ifPresentOrElse(found -> processes.put(part, found), () -> processes.remove(part));
        write();
        if (before == null || !before.label().equals(now.label())) {
            progress.accept(describe(part, now));
        }
        // Before the site is ready the failure itself carries the lines.
        if (phase.equals("READY")) {
            lastLogLines.forEach(line -> progress.accept("    " + line));
        }
    }

    private static String describe(Part part, PartState now) {
        return switch (now) {
            case PartState.Starting starting -> "starting   " + part;
            case PartState.Ready ready -> "ready      %-18s after %s".formatted(part, seconds(ready.startTook()));
            case PartState.Stopping stopping -> "stopping   " + part;
            case PartState.Down down -> "down       " + part;
            case PartState.Waiting waiting ->
                "ENDED      %-18s %s; starting it again in %s"
                        .formatted(part, waiting.reason(), seconds(Duration.between(waiting.since(), waiting.until())));
            case PartState.Failed failed -> "ENDED      %-18s %s; it stays down".formatted(part, failed.reason());
        };
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }

    synchronized void phase(String next) {
        phase = next;
        write();
        if (next.equals("READY")) {
            say("site ready after " + seconds(Duration.between(begun, Instant.now())));
        }
    }

    void say(String line) {
        progress.accept(line);
    }

    /** The site has stopped cleanly: there is nothing left to find. */
    synchronized void end() {
        ended = true;
        file.delete();
        say("site stopped");
    }

    private void write() {
        if (!ended) {
            file.write(snapshot(Map.of()));
        }
    }

    SiteState state(boolean asking) {
        Map<Part, Boolean> health = new ConcurrentHashMap<>();
        if (asking) {
            // Outside the lock: each answer may take two seconds.
            List<Thread> questions = supervisor.parts().stream()
                    .map(part -> Thread.startVirtualThread(() -> health.put(part, supervisor.isHealthy(part))))
                    .toList();
            for (Thread question : questions) {
                try {
                    question.join();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        synchronized (this) {
            return snapshot(health);
        }
    }

    private SiteState snapshot(Map<Part, Boolean> health) {
        List<SiteState.PartEntry> entries = states.entrySet().stream()
                .map(entry -> entry(entry.getKey(), entry.getValue(), health.get(entry.getKey())))
                .toList();
        return new SiteState(
                SiteState.FORMAT_VERSION,
                owner,
                self.pid(),
                self.startTicks(),
                phase,
                site.toString(),
                "http://127.0.0.1:" + ports.number(Port.SITE),
                entries);
    }

    private SiteState.PartEntry entry(Part part, PartState state, Boolean healthy) {
        Optional<ProcessIdentity> process = Optional.ofNullable(processes.get(part));
        Map<String, Integer> numbers = new TreeMap<>();
        ports.all()
                .forEach((port, number) ->
                        port.part().filter(part::equals).ifPresent(same -> numbers.put(port.text(), number)));
        return new SiteState.PartEntry(
                part.text(),
                state.label(),
                state.since().toString(),
                process.map(ProcessIdentity::pid).orElse(0L),
                process.map(ProcessIdentity::startTicks).orElse(0L),
                numbers,
                state.reason(),
                healthy);
    }
}
