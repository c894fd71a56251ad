package io.holdfast.replicationagent.adapter.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.files.ImageOpener;
import io.holdfast.replicationagent.hosting.BackingFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/** Opens images of every format that QEMU knows and we name, after a look at what else they refer to. */
public final class ImageServer implements ImageOpener {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long INFO_SECONDS = 30;

    private final Path socketDirectory;
    private final Duration waitLimit;

    /** @param waitLimit how long a guest waits for an image's process that died */
    public ImageServer(Path socketDirectory, Duration waitLimit) {
        this.socketDirectory = socketDirectory;
        this.waitLimit = waitLimit;
    }

    @Override
    public BlockDevice open(Path image, BackingFormat format, Predicate<Path> allowed) {
        checkReferences(image, format, allowed);
        Path socket = socketDirectory.resolve("img-" + UUID.randomUUID() + ".sock");
        try {
            return new ImageDevice(image, format, socket, waitLimit);
        } catch (IOException failed) {
            String why = String.valueOf(failed.getMessage());
            boolean locked = why.contains("Failed to get") && why.contains("lock");
            throw new HoldfastException(
                    locked ? AgentError.IN_USE_ELSEWHERE : AgentError.BACKING_UNUSABLE,
                    "%s cannot be opened as %s: %s".formatted(image, format.text(), why),
                    failed);
        }
    }

    /** An image can make QEMU open any other file: a backing file, a data file, extents. */
    private static void checkReferences(Path image, BackingFormat format, Predicate<Path> allowed) {
        JsonNode info = infoOf(image, format);
        for (JsonNode each : info) {
            requireAllowed(each.path("filename").asText(), image, allowed);
            if (each.has("backing-filename") && !each.has("backing-filename-format")) {
                throw new HoldfastException(
                        AgentError.BACKING_UNUSABLE,
                        "%s has a backing file without a format, which would be guessed; set it with qemu-img rebase -u -F"
                                .formatted(image));
            }
            List<String> others = new ArrayList<>();
            JsonNode specific = each.path("format-specific").path("data");
            specific.path("extents")
                    .forEach(extent -> others.add(extent.path("filename").asText()));
            if (specific.has("data-file")) {
                others.add(specific.path("data-file").asText());
            }
            others.forEach(other -> requireAllowed(other, image, allowed));
        }
    }

    private static JsonNode infoOf(Path image, BackingFormat format) {
        try {
            String json = ImageProcess.output(
                    List.of(
                            "qemu-img",
                            "info",
                            "--force-share",
                            "-f",
                            format.text(),
                            "--backing-chain",
                            "--output=json",
                            "--",
                            image.toString()),
                    INFO_SECONDS);
            return JSON.readTree(json);
        } catch (IOException unreadable) {
            throw new HoldfastException(
                    AgentError.BACKING_UNUSABLE,
                    "%s is no image of format %s: %s".formatted(image, format.text(), unreadable.getMessage()),
                    unreadable);
        }
    }

    private static void requireAllowed(String reference, Path image, Predicate<Path> allowed) {
        Path resolved = image.resolveSibling(reference);
        try {
            if (Files.exists(resolved) && allowed.test(resolved.toRealPath())) {
                return;
            }
        } catch (IOException unreadable) {
            // Refused below.
        }
        throw new HoldfastException(
                AgentError.BACKING_OUTSIDE_ROOTS,
                "%s refers to '%s', which is not below a folder that holdfast.agent.disk-roots allows"
                        .formatted(image, reference));
    }
}
