package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.site.Site;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What both sites know of where an old disk and the machine's disk can differ (docs/known-differences.md). It is asked for when home has shown the capture of the tap, never before: what the
 * machine writes later the tap itself notes. Where anything is missing nothing is claimed, and home compares both disks whole.
 */
final class KnownDifferences {
    /** Most that home takes. */
    private static final int MOST_RANGES = 4096;

    private static final Set<ExitCode> UNKNOWN = Set.of(ExitCode.REFUSED, ExitCode.NOT_FOUND);

    private final Site away;
    private final Consumer<String> progress;

    /** @param progress is told why a disk is compared whole */
    KnownDifferences(Site away, Consumer<String> progress) {
        this.away = away;
        this.progress = progress;
    }

    /** What is known for the capture that the step has seen. */
    private sealed interface Answer {
        record Known(Ranges ranges) implements Answer {}

        record Unknown(String why) implements Answer {}
    }

    /**
     * For the order of an import.
     *
     * @throws CommandFailure when away does not answer, or not to this token
     */
    Optional<ObjectNode> equalExcept(Step.ImportDisk step, Run run) {
        Optional<String> capture = step.disk().captureId();
        Answer answer = capture.isEmpty()
                ? new Answer.Unknown("its agent does not say since when it sees every write")
                : both(step, run);
        return switch (answer) {
            case Answer.Known(Ranges ranges) -> {
                ObjectNode claim = JsonNodeFactory.instance.objectNode().put("captureId", capture.orElseThrow());
                claim.set("ranges", ranges.atMost(MOST_RANGES).json());
                yield Optional.of(claim);
            }
            case Answer.Unknown(String why) -> {
                progress.accept("disk %s of %s will be compared whole: %s"
                        .formatted(step.disk().name(), step.vm().name(), why));
                yield Optional.empty();
            }
        };
    }

    private Answer both(Step.ImportDisk step, Run run) {
        Optional<JsonNode> unsent = unsent(step, run);
        if (unsent.isEmpty()) {
            return new Answer.Unknown("what its old host had not sent is not known");
        }
        try {
            return differences(step)
                    .<Answer>map(list -> new Answer.Known(Ranges.read(list).and(Ranges.read(unsent.get()))))
                    .orElseGet(() -> new Answer.Unknown("its journal away keeps no branch of the failover"));
        } catch (CommandFailure failure) {
            if (UNKNOWN.contains(failure.exitCode())) {
                return new Answer.Unknown(failure.getMessage());
            }
            throw failure;
        } catch (IllegalArgumentException | ArithmeticException strange) {
            return new Answer.Unknown("away said of it what is not to be understood: " + strange.getMessage());
        }
    }

    /** Written at home and not known to be received; its host is fenced, so that it does not change any more. */
    private Optional<JsonNode> unsent(Step.ImportDisk step, Run run) {
        return away.get("api/v1/runs/" + run.id())
                .path("groups")
                .valueStream()
                .flatMap(group -> group.path("sources").valueStream())
                .filter(source -> source.path("vmId").asText().equals(step.vm().id()))
                .filter(source -> source.path("fence").asText().equals("CONFIRMED"))
                .flatMap(source -> source.path("unsent").valueStream())
                .filter(volume ->
                        volume.path("volumeId").asText().equals(step.disk().id()))
                .map(volume -> volume.path("ranges"))
                .findFirst();
    }

    /** Between what the failover left behind and what is there now. */
    private Optional<JsonNode> differences(Step.ImportDisk step) {
        String journal = "api/v1/journals/" + step.away().id();
        return away.list(journal + "/branches").stream()
                .filter(branch -> branch.path("kind").asText().equals("COMMIT"))
                .findFirst()
                .map(branch -> away.get("%s/volumes/%s/differences?branch=%s"
                                .formatted(
                                        journal,
                                        step.disk().id(),
                                        branch.path("name").asText()))
                        .path("ranges"));
    }
}
