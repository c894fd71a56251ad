package io.holdfast.journalstore.adapter.app;

import io.holdfast.journalstore.adapter.config.FilesSettings;
import io.holdfast.journalstore.adapter.guestfs.GuestfsMaker;
import io.holdfast.journalstore.adapter.guestfs.GuestfsOptions;
import io.holdfast.journalstore.adapter.guestfs.JournalPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.files.Appliance;
import io.holdfast.journalstore.files.FileLimits;
import io.holdfast.journalstore.files.FileViews;
import io.holdfast.journalstore.files.ViewEvents;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** Makes the file views of a store from its settings. */
final class FileViewsStart {
    private FileViewsStart() {}

    /** @throws HoldfastException {@code INVALID_CONFIGURATION}, or {@code STORAGE_UNUSABLE} */
    static FileViews of(FilesSettings settings, JournalStore store, ViewEvents events) {
        try {
            FileLimits limits = new FileLimits(
                    settings.viewLimit(),
                    settings.openLimit(),
                    settings.idleLimit(),
                    settings.lifeLimit(),
                    settings.answerLimit(),
                    settings.turnLimit());
            Optional<Appliance.Maker> maker = settings.directory()
                    .map(directory -> GuestfsMaker.start(options(settings, directory), limits.answer()));
            return new FileViews(JournalPoint.of(store), maker, limits, Clock.systemUTC(), events);
        } catch (IllegalArgumentException invalid) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION, "holdfast.journal: " + invalid.getMessage(), invalid);
        }
    }

    private static GuestfsOptions options(FilesSettings settings, String directory) {
        return new GuestfsOptions(
                Path.of(directory),
                settings.appliance().map(Path::of),
                DataSize.parse(settings.applianceMemory()).bytes(),
                switch (settings.accelerator()) {
                    case "auto" -> false;
                    case "tcg" -> true;
                    default ->
                        throw new IllegalArgumentException(
                                "files.accelerator must be auto or tcg, not '%s'".formatted(settings.accelerator()));
                });
    }
}
