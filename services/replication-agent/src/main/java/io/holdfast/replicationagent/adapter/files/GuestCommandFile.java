package io.holdfast.replicationagent.adapter.files;

import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import io.holdfast.replicationagent.machine.guest.GuestCommandRecord;
import io.holdfast.replicationagent.machine.guest.GuestCommandState;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Begun;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ended;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ordered;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Sent;
import io.holdfast.replicationagent.machine.guest.GuestCommandStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The commands for one machine's guest, a row for each.
 *
 * <pre>
 *  key  attempt  timeout ms  once|again  sendings  state  since µs  process id  failure  message  output  path  arguments…
 * </pre>
 */
final class GuestCommandFile implements GuestCommandStore {
    private static final System.Logger LOG = System.getLogger(GuestCommandFile.class.getName());
    private static final int ARGUMENTS = 12;

    private final StateDirectory directory;
    private final Path file;

    GuestCommandFile(StateDirectory directory, Path file) {
        this.directory = directory;
        this.file = file;
    }

    @Override
    public List<GuestCommandRecord> load() {
        Optional<byte[]> bytes = directory.read(file);
        if (bytes.isEmpty()) {
            return List.of();
        }
        try {
            return StateText.read(bytes.get()).orElseThrow().stream()
                    .map(GuestCommandFile::parse)
                    .toList();
        } catch (RuntimeException damaged) {
            // The machine goes on; whoever waits for a command's end orders it again.
            LOG.log(
                    System.Logger.Level.ERROR,
                    "The commands for a machine's guest are damaged and forgotten; file=" + file,
                    damaged);
            return List.of();
        }
    }

    @Override
    public void save(List<GuestCommandRecord> commands) {
        directory.replace(
                file,
                StateText.write(commands.stream().map(GuestCommandFile::row).toList()));
    }

    private static List<String> row(GuestCommandRecord record) {
        GuestCommand command = record.command();
        List<String> row = new ArrayList<>(List.of(
                command.key(),
                Integer.toString(command.attempt()),
                Long.toString(command.timeout().toMillis()),
                command.atMostOnce() ? "once" : "again",
                Integer.toString(record.sendings())));
        row.addAll(
                switch (record.state()) {
                    case Ordered ordered -> state("ordered", ordered.sinceMicros(), "", "", "", "");
                    case Sent sent -> state("sent", sent.sinceMicros(), "", "", "", "");
                    case Begun begun ->
                        state("begun", begun.sinceMicros(), Long.toString(begun.processId()), "", "", "");
                    case Ended ended ->
                        state(
                                "ended",
                                ended.sinceMicros(),
                                "",
                                ended.failure().map(Enum::name).orElse(""),
                                ended.message(),
                                ended.output());
                });
        row.add(command.path());
        row.addAll(command.arguments());
        return row;
    }

    private static List<String> state(
            String name, long since, String process, String failure, String message, String output) {
        return List.of(name, Long.toString(since), process, failure, message, output);
    }

    private static GuestCommandRecord parse(List<String> row) {
        GuestCommand command = new GuestCommand(
                row.get(0),
                Integer.parseInt(row.get(1)),
                row.get(11),
                row.subList(ARGUMENTS, row.size()),
                Duration.ofMillis(Long.parseLong(row.get(2))),
                row.get(3).equals("once"));
        long since = Long.parseLong(row.get(6));
        GuestCommandState state =
                switch (row.get(5)) {
                    case "ordered" -> new Ordered(since);
                    case "sent" -> new Sent(since);
                    case "begun" -> new Begun(since, Long.parseLong(row.get(7)));
                    case "ended" ->
                        new Ended(
                                since,
                                row.get(8).isEmpty() ? Optional.empty() : Optional.of(AgentError.valueOf(row.get(8))),
                                row.get(9),
                                row.get(10));
                    default -> throw new IllegalArgumentException("state " + row.get(5));
                };
        return new GuestCommandRecord(command, Integer.parseInt(row.get(4)), state);
    }
}
