package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.site.Site;
import java.util.Locale;
import java.util.Set;

/**
 * Imports an old disk at home so that what it holds stays, and follows that to its end. An import that another call has begun is joined; one that failed before
 * is tried again, once in a call.
 */
final class DiskImport {
    private static final Set<String> FORMATS = Set.of("raw", "qcow2", "vhd", "vhdx", "vmdk");
    private static final String CLAIM = "equalExcept";
    /** Of one volume that failed: a person looks at it long before. */
    private static final int MOST_TRIES = 50;

    private final Site home;
    private final KnownDifferences differences;
    private final Wishes wishes;
    private final Pacing pacing;

    DiskImport(Site home, KnownDifferences differences, Wishes wishes, Pacing pacing) {
        this.home = home;
        this.differences = differences;
        this.wishes = wishes;
        this.pacing = pacing;
    }

    /** @throws CommandFailure {@code FAILED} when it fails, {@code NOT_IN_TIME} when it goes on at the site */
    void perform(Step.ImportDisk step, Run away) {
        String seeds = "api/v1/journals/%s/volumes/%s/seeds"
                .formatted(step.group().id(), step.disk().id());
        ObjectNode order = order(step, away);
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            JsonNode task = home.post(seeds, order, StepWork.key(step, away, attempt));
            // One that begins now is RUNNING in the first answer: an end was there before.
            boolean endedBefore = isState(task, "FAILED");
            JsonNode ended = endedBefore
                    ? task
                    : follow(step, seeds + "/" + task.path("id").asText(), task);
            // Nothing can be claimed of an image of another size than the volume's: it is compared whole.
            boolean again = isUnusable(ended) && order.remove(CLAIM) != null;
            if (!endedBefore && !again) {
                requireDone(step, ended);
                return;
            }
        }
        throw new CommandFailure(
                ExitCode.FAILED,
                "disk %s was not imported in %d tries".formatted(step.disk().name(), MOST_TRIES));
    }

    private static boolean isUnusable(JsonNode task) {
        return isState(task, "FAILED") && task.path("failureCode").asText().equals("SEED_UNUSABLE");
    }

    private JsonNode follow(Step.ImportDisk step, String path, JsonNode first) {
        JsonNode task = first;
        while (isState(task, "RUNNING")) {
            if (pacing.isOver()) {
                throw new CommandFailure(ExitCode.NOT_IN_TIME, "not yet done: " + step.words());
            }
            pacing.pause();
            task = home.get(path);
        }
        return task;
    }

    private static void requireDone(Step.ImportDisk step, JsonNode task) {
        if (!isState(task, "DONE")) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "%s: disk %s of %s was not imported: %s"
                            .formatted(
                                    task.path("failureCode").asText(),
                                    step.disk().name(),
                                    step.vm().name(),
                                    task.path("failureMessage").asText()));
        }
    }

    private static boolean isState(JsonNode task, String state) {
        return task.path("state").asText().equals(state);
    }

    private ObjectNode order(Step.ImportDisk step, Run away) {
        ObjectNode order = JsonNodeFactory.instance
                .objectNode()
                .put("format", format(step.file()))
                .put("file", step.file())
                .put("keepAs", wishes.keepAs().orElseGet(() -> "old-site-" + compact(away.orderedAt())));
        wishes.keepDays().ifPresent(days -> order.put("keepDays", days));
        if (!wishes.compareWhole()) {
            differences.equalExcept(step, away).ifPresent(claim -> order.set(CLAIM, claim));
        }
        return order;
    }

    private static String format(String file) {
        String ending = file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return FORMATS.contains(ending) ? ending : "raw";
    }

    /** {@code 2026-03-01T10:14:06.000001Z} as {@code 20260301T1014Z}. */
    private static String compact(String instant) {
        String digits = instant.replaceAll("[-:]", "");
        return (digits.length() > 13 ? digits.substring(0, 13) : digits) + "Z";
    }
}
