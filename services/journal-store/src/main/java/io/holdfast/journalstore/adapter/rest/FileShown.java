package io.holdfast.journalstore.adapter.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.holdfast.journalstore.files.FileView;
import io.holdfast.journalstore.files.GuestEntry;
import io.holdfast.journalstore.files.GuestFileSystem;
import io.holdfast.journalstore.files.GuestPath;
import io.holdfast.journalstore.files.GuestText;
import io.holdfast.journalstore.files.ViewState;
import io.holdfast.kernel.id.VolumeId;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** File views as REST shows them. */
final class FileShown {
    private FileShown() {}

    @Schema(name = "FileViewVolume")
    public record Volume(String id, String name, long sizeBytes) {}

    /**
     * @param checkpointId when the point is a checkpoint
     * @param usedAt when somebody last used it
     * @param code of the error that ended it; null = none
     * @param problem one sentence; null = none
     */
    @Schema(name = "FileView")
    public record View(
            String id,
            String pgId,
            long lsn,
            String checkpointId,
            Instant openedAt,
            Instant usedAt,

            @Schema(enumeration = {"OPENING", "READY", "FAILED", "EXPIRED"})
            String state,

            String code,
            String problem,
            List<Volume> volumes) {}

    static View view(FileView view) {
        return new View(
                view.id().toString(),
                view.pg().toString(),
                view.lsn().value(),
                view.checkpoint().map(Object::toString).orElse(null),
                view.openedAt(),
                view.usedAt(),
                view.state().text(),
                view.state() instanceof ViewState.Failed failed ? failed.code() : null,
                switch (view.state()) {
                    case ViewState.Failed failed -> failed.sentence();
                    case ViewState.Expired expired -> expired.sentence();
                    case ViewState.Opening _, ViewState.Ready _ -> null;
                },
                view.volumes().stream()
                        .map(volume -> new Volume(volume.id().toString(), volume.name(), volume.sizeBytes()))
                        .toList());
    }

    /** Sorts as the instants do. */
    static String place(FileView view) {
        return "%020d-%09d-%s"
                .formatted(view.openedAt().getEpochSecond(), view.openedAt().getNano(), view.id());
    }

    /**
     * @param device names it in this view
     * @param readable false for swap and for what no known file system is on
     * @param volumeId that it lies on; null when it may lie on several
     */
    @Schema(name = "GuestFileSystem")
    public record FileSystem(
            String device, String type, String label, long sizeBytes, boolean readable, String volumeId) {}

    static FileSystem fileSystem(GuestFileSystem found) {
        return new FileSystem(
                found.device(),
                found.type(),
                found.label(),
                found.sizeBytes(),
                found.hasFiles(),
                found.volume().map(VolumeId::toString).orElse(null));
    }

    /**
     * @param path to ask for it with
     * @param mode permissions, octal
     * @param linkTarget of a symbolic link
     */
    @Schema(name = "GuestEntry")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(
            String name,
            String path,

            @Schema(enumeration = {"FILE", "FOLDER", "LINK", "SPECIAL"})
            String kind,

            long sizeBytes,
            Instant modifiedAt,
            String mode,
            long uid,
            long gid,
            String linkTarget) {}

    static Entry entry(GuestPath folder, GuestEntry entry) {
        return new Entry(
                entry.name().shown(),
                folder.child(entry.name()).toString(),
                entry.kind().name(),
                entry.sizeBytes(),
                entry.modifiedAt(),
                String.format(Locale.ROOT, "%04o", entry.mode()),
                entry.uid(),
                entry.gid(),
                entry.linkTarget().map(GuestText::shown).orElse(null));
    }

    /** RFC 6266: the name for those who read no more than ASCII, and as it is. */
    static String disposition(GuestPath path) {
        String name = path.name().shown();
        String plain = name.replaceAll("[^A-Za-z0-9._ -]", "_");
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        return "attachment; filename=\"%s\"; filename*=UTF-8''%s".formatted(plain, encoded);
    }
}
